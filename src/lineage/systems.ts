/** What people call the code systems. */
const NAMES: Readonly<Record<string, string>> = {
  'http://loinc.org': 'LOINC',
  'http://unitsofmeasure.org': 'UCUM',
  'http://snomed.info/sct': 'SNOMED CT',
  'http://hl7.org/fhir/sid/icd-9-cm': 'ICD-9-CM',
  'http://hl7.org/fhir/sid/icd-10-cm': 'ICD-10-CM',
  'http://hl7.org/fhir/sid/ndc': 'NDC',
  'http://www.ama-assn.org/go/cpt': 'CPT',
  'urn:ietf:bcp:47': 'BCP 47',
  'urn:oid:2.16.840.1.113883.6.238': 'CDC Race and Ethnicity',
  'https://nahdo.org/sopt': 'Source of Payment Typology',
  'http://uri.hddaccess.com/cs/aprdrg': 'APR-DRG',
  'https://www.cms.gov/Medicare/Medicare-Fee-for-Service-Payment/AcuteInpatientPPS/MS-DRG-Classifications-and-Software': 'MS-DRG'
}

/** The usual name of a code system, or the last part of its URI. */
export function systemName(uri: string): string {
  return NAMES[uri] ?? uri.replace(/\/$/, '').split('/').at(-1) ?? uri
}
