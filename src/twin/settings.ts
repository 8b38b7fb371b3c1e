/** A FHIR store as the Cloud Healthcare API describes it (v1 FhirStore): its fields, what they may be, and what takes effect here. */
import type { Settings } from '../config.js'
import { fail } from '../errors.js'
import type { Level } from '../service/check.js'
import { any, applyMask, bool, choice, type Json, list, map, message, parseMask, text } from './message.js'

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
  readonly complexDataTypeReferenceParsing?: 'DISABLED' | 'ENABLED'
  readonly validationConfig?: ValidationConfig
  readonly bulkExportGcsDestination?: { readonly uriPrefix?: string }
  readonly labels?: Readonly<Record<string, string>>
}

export const FHIR_STORE = message({
  name: text,
  version: choice('VERSION_UNSPECIFIED', 'DSTU2', 'STU3', 'R4', 'R5'),
  enableUpdateCreate: bool,
  disableReferentialIntegrity: bool,
  disableResourceVersioning: bool,
  defaultSearchHandlingStrict: bool,
  complexDataTypeReferenceParsing: choice('COMPLEX_DATA_TYPE_REFERENCE_PARSING_UNSPECIFIED', 'DISABLED', 'ENABLED'),
  validationConfig: message({
    disableProfileValidation: bool,
    enabledImplementationGuides: list(text),
    disableRequiredFieldValidation: bool,
    disableReferenceTypeValidation: bool,
    disableFhirpathValidation: bool
  }),
  notificationConfig: any,
  notificationConfigs: list(any),
  streamConfigs: list(any),
  consentConfig: any,
  bulkExportGcsDestination: message({ uriPrefix: text }),
  labels: map(text)
})

const IMMUTABLE = ['version', 'disableReferentialIntegrity', 'disableResourceVersioning']
const MUTABLE = Object.keys(FHIR_STORE.fields).filter((name) => name !== 'name' && !IMMUTABLE.includes(name))
/** What would have an effect outside of the store, and has none here. */
const ELSEWHERE = ['notificationConfig', 'notificationConfigs', 'streamConfigs', 'consentConfig']

/** Settings of a new store, out of a FhirStore message. Throws twin.argument, twin.unimplemented. */
export function newSettings(given: Json): FhirStoreSettings {
  const version = given['version']
  if (version === undefined || version === 'VERSION_UNSPECIFIED') throw fail('twin.argument', { reason: 'version is required' })
  if (version !== 'R4') throw fail('twin.unimplemented', { what: `stores of FHIR ${String(version)}, R4 alone` })
  return checked(given)
}

/** Settings after a patch. mask: undefined when none was given. Throws as newSettings does. */
export function patchedSettings(old: FhirStoreSettings, given: Json, mask: string | undefined): FhirStoreSettings {
  if (mask === undefined || mask === '') throw fail('twin.argument', { reason: 'updateMask is required' })
  const paths = parseMask(FHIR_STORE, mask, MUTABLE)
  const before: Json = { ...old }
  for (const [field = ''] of paths) {
    if (field === 'name') throw fail('twin.argument', { reason: 'name cannot be changed' })
    if (IMMUTABLE.includes(field) && (given[field] || undefined) !== (before[field] || undefined))
      throw fail('twin.argument', { reason: `${field} cannot be changed after the store was created` })
  }
  return checked(
    applyMask(
      paths.filter(([field = '']) => !IMMUTABLE.includes(field)),
      before,
      given
    )
  )
}

/** Without what is empty, as the API answers it. */
function checked(given: Json): FhirStoreSettings {
  for (const field of ELSEWHERE) if (!isEmpty(given[field])) throw fail('twin.unimplemented', { what: `${field} of a FHIR store` })
  const settings = prune({ ...given, name: undefined }) as Json as unknown as FhirStoreSettings
  checkLabels(settings.labels ?? {})
  const prefix = settings.bulkExportGcsDestination?.uriPrefix
  if (prefix !== undefined && !/^gs:\/\/[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?(\/.*)?$/.test(prefix))
    throw fail('twin.argument', { reason: 'bulkExportGcsDestination.uriPrefix is not of the form gs://bucket/folder' })
  return settings
}

/** The forms that the reference of the API gives for keys and values. */
const LABEL_KEY = /^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}$/u
const LABEL_VALUE = /^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u
const MOST_LABELS = 64

function checkLabels(labels: Readonly<Record<string, string>>): void {
  if (Object.keys(labels).length > MOST_LABELS) throw fail('twin.argument', { reason: `A store has at most ${MOST_LABELS} labels` })
  for (const [key, value] of Object.entries(labels)) {
    if (!LABEL_KEY.test(key) || Buffer.byteLength(key) > 128)
      throw fail('twin.argument', { reason: `The label key "${key.slice(0, 100)}" is not allowed` })
    if (!LABEL_VALUE.test(value) || Buffer.byteLength(value) > 128)
      throw fail('twin.argument', { reason: `The value of the label "${key.slice(0, 100)}" is not allowed` })
  }
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === false || value === '') return true
  if (typeof value === 'string') return value.endsWith('_UNSPECIFIED')
  return typeof value === 'object' && value !== null && Object.values(value).every(isEmpty)
}

/** A label may be empty. */
function prune(value: object): object {
  const kept = Object.entries(value).filter(([name, member]) =>
    name === 'labels' ? Object.keys((member as object) ?? {}).length > 0 : !isEmpty(member)
  )
  return Object.fromEntries(kept.map(([name, member]) => [name, isPlain(member) && name !== 'labels' ? prune(member) : member]))
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What is asked of a resource before it is written to a store. */
export function levelOf({ validationConfig = {} }: FhirStoreSettings): Level {
  const { disableProfileValidation = false, enabledImplementationGuides = [], disableRequiredFieldValidation = false } = validationConfig
  if (!disableProfileValidation && enabledImplementationGuides.length > 0) return 'strict'
  return disableProfileValidation && disableRequiredFieldValidation ? 'off' : 'structure'
}

/** Settings with what cannot be changed as other settings have it. */
export function withFixed(settings: FhirStoreSettings, fixed: FhirStoreSettings): FhirStoreSettings {
  const part = (from: FhirStoreSettings, wanted: boolean) => Object.entries(from).filter(([name]) => IMMUTABLE.includes(name) === wanted)
  return Object.fromEntries([...part(fixed, true), ...part(settings, false)]) as unknown as FhirStoreSettings
}

/** What the server does with its own store, in the words of the API. */
export function ownSettings({ referentialIntegrity }: Pick<Settings, 'referentialIntegrity'>): FhirStoreSettings {
  return { version: 'R4', enableUpdateCreate: true, ...(referentialIntegrity === 'on' ? {} : { disableReferentialIntegrity: true }) }
}
