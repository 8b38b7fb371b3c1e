/** A FHIR store as the Cloud Healthcare API describes it (v1 FhirStore), in the fields that take effect here. */

/** v1 ValidationConfig. */
export interface ValidationConfig {
  readonly disableProfileValidation?: boolean
  readonly enabledImplementationGuides?: readonly string[]
  readonly disableRequiredFieldValidation?: boolean
  readonly disableReferenceTypeValidation?: boolean
  readonly disableFhirpathValidation?: boolean
}

/** What is not given is as the API has it by default: false, empty, unset. */
export interface FhirStoreSettings {
  readonly version: 'R4'
  /** PUT may create under the id of the client. */
  readonly enableUpdateCreate?: boolean
  /** Writes may leave references that lead to nothing. */
  readonly disableReferentialIntegrity?: boolean
  /** No history is shown, and reading it is an error. */
  readonly disableResourceVersioning?: boolean
  /** A search parameter that is not known is an error, unless the client prefers lenient handling. */
  readonly defaultSearchHandlingStrict?: boolean
  readonly complexDataTypeReferenceParsing?: 'COMPLEX_DATA_TYPE_REFERENCE_PARSING_UNSPECIFIED' | 'DISABLED' | 'ENABLED'
  readonly validationConfig?: ValidationConfig
  readonly bulkExportGcsDestination?: { readonly uriPrefix?: string }
  readonly labels?: Readonly<Record<string, string>>
}
