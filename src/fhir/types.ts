/** The R4 resource and data types, for code that builds resources as objects (types only; under nodenext they are found as `fhir/r4.js`). */
export type {
  Bundle,
  BundleEntry,
  CapabilityStatement,
  CodeableConcept,
  Coding,
  Communication,
  Encounter,
  FhirResource,
  Identifier,
  Observation,
  OperationOutcome,
  Patient,
  Quantity,
  Reference,
  Resource,
  Task
} from 'fhir/r4.js'
