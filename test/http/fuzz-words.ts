/** What the generated requests of fuzz.test.ts are made of. */
export const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'] as const
export const TYPES = [
  'Patient',
  'Observation',
  'Starship',
  'Resource',
  'DomainResource',
  'metadata',
  '$x',
  '%00',
  '%ff',
  '..',
  '__proto__',
  'constructor',
  ''
]
export const IDS = [
  'p1',
  'never',
  'a'.repeat(64),
  'a'.repeat(65),
  'a'.repeat(300),
  '_search',
  '_history',
  '%',
  '%zz',
  '%2F',
  '%00',
  '%E2%82',
  '漢',
  '-',
  '.',
  '..',
  '__proto__',
  ' ',
  ''
]
export const VERSIONS = ['1', '0', '-1', '99999999999999999999', '1e3', 'x', '%ff', '']
export const NAMES = [
  '_id',
  'name',
  'birthdate',
  'identifier',
  'code',
  'date',
  'patient',
  'value-quantity',
  '_count',
  '_cursor',
  '_lastUpdated',
  '_total',
  '_summary',
  '_format',
  '_pretty',
  '_sort',
  '_since',
  '_at',
  'name:exact',
  'name:',
  ':missing',
  'code:not',
  '__proto__',
  'toString',
  '%ff',
  'x'.repeat(500),
  ''
]
export const VALUES = [
  'p1',
  '',
  '|',
  '||',
  '|||',
  'a|b|c',
  ',',
  ',,,',
  '\\',
  '\\,',
  'ge',
  'ge2100',
  '2100-13-45',
  '9999-99-99T99:99:99Z',
  '1e400',
  '-0',
  'NaN',
  '5.40|http://unitsofmeasure.org|g',
  '%',
  '%zz',
  '%ff',
  '%00',
  '\u0000',
  '"',
  "'; DROP TABLE resource; --",
  'xml',
  'json',
  '-1',
  '1001',
  '99999999999999999999',
  'Patient/',
  '/',
  'http://',
  'x'.repeat(5000)
]
export const BODIES = [
  '',
  '{',
  'null',
  '[]',
  '""',
  '1',
  'true',
  '{}',
  '{"resourceType":null}',
  '{"resourceType":"Patient"}',
  '{"resourceType":"Patient","id":"p1","id":"p2"}',
  '{"resourceType":"Patient","id":1}',
  '{"resourceType":"Patient","__proto__":{"x":1}}',
  '{"resourceType":"Patient","constructor":{"prototype":{"x":1}}}',
  '{"resourceType":"Patient","meta":null}',
  '{"resourceType":"Patient","meta":[]}',
  '{"resourceType":"Patient","meta":{"versionId":7,"lastUpdated":"never"}}',
  '{"resourceType":"Patient","name":[null]}',
  '{"resourceType":"Patient","name":"x"}',
  '{"resourceType":"Patient","active":"yes"}',
  '{"resourceType":"Patient","multipleBirthInteger":1e999}',
  '{"resourceType":"Patient","contained":[{"resourceType":"Patient"}]}',
  '{"resourceType":"Patient","name":[{"family":"\\ud800"}]}',
  '{"resourceType":"Patient","name":[{"family":"a\\u0000b"}]}',
  '{"resourceType":"Patient","id":"p1"} trailing',
  '\ufeff{"resourceType":"Patient"}',
  '['.repeat(20_000),
  '{"a":'.repeat(20_000),
  '{"resourceType":"Patient","extension":' + '[{"extension":'.repeat(2000) + '[]' + '}]'.repeat(2000) + '}',
  `{"resourceType":"Patient","name":[{"family":"${'x'.repeat(100_000)}"}]}`,
  Buffer.from([0xff, 0xfe, 0x00]),
  '[{"op":"remove","path":"/name/0"}]',
  '[{"op":"add","path":"/name/99999999999","value":{}},{"op":"copy","from":"","path":"/x"}]',
  '[{"op":"test","path":"/__proto__/x","value":1e999},null,{}]',
  '{"resourceType":"Parameters","parameter":[{"name":"operation","part":[{"name":"type","valueCode":"delete"},{"name":"path","valueString":"Patient.name["}]}]}',
  '{"resourceType":"Parameters","parameter":[{"name":"operation","part":[{"name":"type","valueCode":"add"},{"name":"path","valueString":"Patient.name.first().given & 1"},{"name":"name","valueString":"__proto__"},{"name":"value","part":[{"name":"x"}]}]}]}',
  '{"resourceType":"Parameters","parameter":[{"name":"meta","valueMeta":{"tag":[null,7,{"code":{}}],"profile":"x"}}]}',
  '{"resourceType":"Patient","id":"p1","gender":"female"}'
]
export const CONTENT_TYPES = [
  'application/fhir+json',
  'application/json',
  'application/json;charset=utf-16',
  'application/x-www-form-urlencoded',
  'application/json-patch+json',
  'text/plain',
  'application/fhir+xml',
  'multipart/form-data',
  ';',
  'a/b/c',
  '/',
  '\u00e9'
]
export const HEADERS: ReadonlyArray<readonly [string, readonly string[]]> = [
  ['accept', ['application/fhir+xml', '*/*', ';;;', ',', 'application/json;q=x', '', 'application/fhir+json;fhirVersion="5']],
  ['if-match', ['W/"1"', '"1"', '*', '1', '', 'W/"', 'W/"' + 'x'.repeat(100) + '"']],
  ['if-none-match', ['*', 'W/"1"', ',', '']],
  ['if-modified-since', ['yesterday', '', '-1', 'Thu, 99 Xxx 9999 99:99:99 GMT']],
  ['if-none-exist', ['identifier=1', '%', '', '?', 'Observation?x', '_id=p1&_count=0', 'name:exact']],
  ['content-encoding', ['gzip', 'deflate', 'br', 'identity', '', 'GZIP, x']],
  ['accept-encoding', ['gzip', 'br;q=0', ';', '']],
  ['prefer', ['return=minimal', 'return=', '=,=;=', 'handling=strict', 'x'.repeat(1000)]],
  ['host', ['localhost', 'a b', '"', 'x'.repeat(300), '[::1', '漢'.length > 1 ? 'x' : 'localhost']],
  ['x-forwarded-host', ['"', 'evil.example.org']],
  ['authorization', ['Bearer', 'Basic x', 'Bearer ' + 'x'.repeat(3000), 'Bearer a.b.c', 'Bearer ..']]
]

/** Parameters of operations and of search results, beside those of NAMES. */
export const OPERATION_NAMES = [
  'url',
  'system',
  'version',
  'code',
  'display',
  'codeA',
  'codeB',
  'coding',
  'codeableConcept',
  'valueSet',
  'valueSetVersion',
  'context',
  'filter',
  'count',
  'offset',
  'date',
  'property',
  'mode',
  'profile',
  'resource',
  'start',
  'end',
  '_type',
  'max',
  'target',
  'source',
  'reverse',
  'onlyCertainMatches',
  'meta',
  '_elements',
  '_include',
  '_include:iterate',
  '_revinclude',
  '_has:Observation:patient:code',
  '_filter',
  '_text',
  '_content',
  '_contained',
  '_containedType',
  '_list',
  '_query',
  'subject:Patient.name',
  'patient.organization.partof.name',
  'code:in',
  'code:below',
  'identifier:of-type'
]
export const OPERATION_VALUES = [
  'http://hl7.org/fhir/ValueSet/observation-status',
  'http://hl7.org/fhir/ValueSet/none|',
  'http://terminology.hl7.org/CodeSystem/v3-ActCode',
  'true',
  'false',
  'maybe',
  'delete',
  'Patient:organization:Organization',
  'Patient:*',
  '*',
  'name eq "x" and',
  '(((((((((',
  'not(not(not(name sw a)))',
  '-name,birthdate,,',
  'Observation,Starship',
  '$in',
  'urn:oid:1.2.3'
]
/** Sound bodies, by what a route reads; they are damaged before they are sent. */
export const SOUND: Readonly<Record<'resource' | 'bundle' | 'parameters' | 'patch' | 'definition', readonly unknown[]>> = {
  resource: [
    { resourceType: 'Patient', id: 'p1', name: [{ family: 'Ardent', given: ['Ada', 'Bea'] }], birthDate: '1970-02-03' },
    {
      resourceType: 'Observation',
      status: 'final',
      code: { coding: [{ system: 'http://loinc.org', code: '718-7' }] },
      subject: { reference: 'Patient/p1' },
      effectiveDateTime: '2020-01-02T03:04:05Z',
      valueQuantity: { value: 5.4, unit: 'g/dL', system: 'http://unitsofmeasure.org', code: 'g/dL' },
      component: [{ code: { text: 'x' }, valueString: 'y' }]
    }
  ],
  bundle: ['batch', 'transaction'].map((type) => ({
    resourceType: 'Bundle',
    type,
    entry: [
      {
        fullUrl: 'urn:uuid:c757873d-ec9a-4326-a141-556f43239520',
        resource: { resourceType: 'Patient', name: [{ family: 'Ardent' }] },
        request: { method: 'POST', url: 'Patient', ifNoneExist: 'identifier=urn:a|1' }
      },
      {
        resource: {
          resourceType: 'Observation',
          status: 'final',
          code: { text: 'x' },
          subject: { reference: 'urn:uuid:c757873d-ec9a-4326-a141-556f43239520' }
        },
        request: { method: 'POST', url: 'Observation' }
      },
      { request: { method: 'GET', url: 'Patient?name=ardent&_count=1' } },
      { request: { method: 'DELETE', url: 'Patient/never', ifMatch: 'W/"1"' } },
      { resource: { resourceType: 'Patient', id: 'p1', active: true }, request: { method: 'PUT', url: 'Patient/p1' } }
    ]
  })),
  parameters: [
    {
      resourceType: 'Parameters',
      parameter: [
        { name: 'resource', resource: { resourceType: 'Patient', name: [{ family: 'Ardent' }], birthDate: '1970-02-03' } },
        { name: 'mode', valueCode: 'update' },
        { name: 'profile', valueUri: 'http://hl7.org/fhir/StructureDefinition/Patient' },
        { name: 'count', valueInteger: 3 }
      ]
    },
    {
      resourceType: 'Parameters',
      parameter: [
        { name: 'url', valueUri: 'http://hl7.org/fhir/ValueSet/observation-status' },
        { name: 'system', valueUri: 'http://hl7.org/fhir/observation-status' },
        { name: 'code', valueCode: 'final' },
        { name: 'coding', valueCoding: { system: 'http://hl7.org/fhir/observation-status', code: 'final' } },
        {
          name: 'codeableConcept',
          valueCodeableConcept: { coding: [{ system: 'http://hl7.org/fhir/observation-status', code: 'final' }] }
        },
        {
          name: 'valueSet',
          resource: {
            resourceType: 'ValueSet',
            compose: { include: [{ system: 'http://loinc.org', filter: [{ property: 'a', op: '=', value: 'b' }] }] }
          }
        },
        { name: 'meta', valueMeta: { tag: [{ system: 'urn:a', code: 'b' }] } }
      ]
    }
  ],
  patch: [
    [
      { op: 'replace', path: '/birthDate', value: '1971-01-01' },
      { op: 'move', from: '/name/0', path: '/name/1' }
    ],
    {
      resourceType: 'Parameters',
      parameter: [
        {
          name: 'operation',
          part: [
            { name: 'type', valueCode: 'replace' },
            { name: 'path', valueString: 'Patient.birthDate' },
            { name: 'value', valueDate: '1971-01-01' }
          ]
        }
      ]
    }
  ],
  definition: [
    {
      resourceType: 'StructureDefinition',
      url: 'http://example.org/sd',
      name: 'X',
      status: 'active',
      kind: 'resource',
      abstract: false,
      type: 'Patient',
      baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Patient',
      derivation: 'constraint',
      differential: {
        element: [
          { id: 'Patient', path: 'Patient', constraint: [{ key: 'x-1', severity: 'error', human: 'x', expression: 'name.exists()' }] }
        ]
      }
    },
    {
      resourceType: 'SearchParameter',
      url: 'http://example.org/sp',
      name: 'X',
      status: 'draft',
      description: 'x',
      code: 'x',
      base: ['Patient'],
      type: 'token',
      expression: 'Patient.gender'
    },
    {
      resourceType: 'ValueSet',
      url: 'http://example.org/vs',
      status: 'active',
      compose: { include: [{ valueSet: ['http://example.org/vs'] }, { system: 'http://loinc.org', concept: [{ code: 'x' }] }] }
    },
    {
      resourceType: 'CodeSystem',
      url: 'http://example.org/cs',
      status: 'active',
      content: 'complete',
      concept: [{ code: 'a', concept: [{ code: 'b' }] }]
    }
  ]
}
/** What a value may become. */
export const ODD: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1e21,
  '',
  ' ',
  'x',
  '\u0000',
  '#',
  '../..',
  [],
  [[]],
  {},
  { x: {} },
  [null],
  '__proto__',
  'Patient/p1',
  'urn:uuid:'
]
