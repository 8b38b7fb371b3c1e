/** The TerminologyCapabilities of `GET /metadata?mode=terminology` (R4 http.html#capabilities). */
import { narrative } from '../../fhir/capability.js'

/** Parameters of $expand that count. */
const EXPAND = [
  'url',
  'valueSet',
  'valueSetVersion',
  'context',
  'contextDirection',
  'filter',
  'offset',
  'count',
  'includeDesignations',
  'designation',
  'includeDefinition',
  'activeOnly',
  'excludeNested',
  'excludeNotForUI',
  'displayLanguage',
  'exclude-system',
  'system-version',
  'check-system-version',
  'force-system-version'
]

/** systems: those that come with the program. base: service base URL. */
export function terminologyCapabilities(
  base: string,
  {
    version,
    since,
    systems
  }: { version: string; since: string; systems: ReadonlyArray<{ readonly url: string; readonly version: string | undefined }> }
): object {
  return {
    resourceType: 'TerminologyCapabilities',
    text: narrative(`Wardbridge ${version}: ${systems.length} code systems, and those that are uploaded`),
    status: 'active',
    date: since,
    description: 'Code systems that are uploaded count as well: GET [base]/CodeSystem.',
    kind: 'instance',
    software: { name: 'Wardbridge', version },
    implementation: { description: 'Wardbridge FHIR R4 server', url: base },
    lockedDate: false,
    codeSystem: systems.map(({ url, version }) => ({
      uri: url,
      ...(version === undefined ? {} : { version: [{ code: version, isDefault: true }] })
    })),
    expansion: {
      hierarchical: false,
      paging: true,
      incomplete: false,
      parameter: EXPAND.map((name) => ({ name })),
      textFilter:
        'Every word begins a word of the display or of a designation, or the whole begins the code. Case and accents do not matter.'
    },
    codeSearch: 'explicit',
    validateCode: { translations: false },
    translation: { needsMap: true }
  }
}
