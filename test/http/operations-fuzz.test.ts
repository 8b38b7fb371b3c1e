import t from 'tap'
import { build } from '../helper.js'

const animals = {
  resourceType: 'CodeSystem',
  url: 'urn:a',
  status: 'active',
  content: 'complete',
  caseSensitive: false,
  property: [{ code: 'p', type: 'code', uri: 'http://hl7.org/fhir/concept-properties#parent' }],
  concept: [
    {
      code: 'a',
      designation: [{ language: 'de', value: 'A' }],
      property: [{ code: 'p', valueCode: 'b' }],
      concept: [{ code: 'b', display: 'B' }]
    }
  ]
}
const valueSet = {
  resourceType: 'ValueSet',
  url: 'urn:v',
  status: 'active',
  compose: {
    inactive: false,
    include: [
      { system: 'urn:a', filter: [{ property: 'concept', op: 'in', value: 'a,b' }], valueSet: ['urn:x'] },
      { system: 'urn:a', concept: [{ code: 'a' }] }
    ],
    exclude: [{ system: 'urn:b', concept: [{ code: 'a', designation: [{ value: 'x' }] }] }]
  },
  expansion: { timestamp: '2020-01-01', contains: [{ system: 'urn:a', code: 'a', contains: [{ system: 'urn:a', code: 'b' }] }] }
}
const map = {
  resourceType: 'ConceptMap',
  url: 'urn:m',
  status: 'active',
  group: [
    {
      source: 'urn:a',
      target: 'urn:b',
      element: [
        {
          code: 'a',
          target: [
            {
              code: 'x',
              equivalence: 'equal',
              dependsOn: [{ property: 'urn:p', value: 'v' }],
              product: [{ property: 'urn:p', value: 'v' }]
            }
          ]
        }
      ],
      unmapped: { mode: 'other-map', url: 'urn:m' }
    }
  ]
}
const person = {
  resourceType: 'Patient',
  identifier: [{ system: 'urn:i', value: '1', type: { coding: [{ code: 'SS' }] } }],
  name: [{ family: 'Ardent', given: ['Ada', 'B'], text: 'Ada Ardent' }],
  telecom: [{ system: 'phone', value: '555-0100' }],
  address: [{ line: ['x'], city: 'y', postalCode: 'z' }],
  birthDate: '1970-02-03',
  gender: 'female',
  multipleBirthInteger: 2
}
const coding = { name: 'coding', valueCoding: { system: 'urn:a', code: 'a', display: 'A' } }
const CALLS: ReadonlyArray<readonly [url: string, parameters: readonly object[]]> = [
  [
    'ValueSet/$expand',
    [
      { name: 'valueSet', resource: valueSet },
      { name: 'filter', valueString: 'a' },
      { name: 'count', valueInteger: 2 },
      { name: 'designation', valueString: 'de' }
    ]
  ],
  ['ValueSet/$validate-code', [{ name: 'valueSet', resource: valueSet }, coding]],
  [
    'ValueSet/$validate-code',
    [
      { name: 'valueSet', resource: valueSet },
      { name: 'codeableConcept', valueCodeableConcept: { coding: [coding.valueCoding] } }
    ]
  ],
  ['CodeSystem/$validate-code', [{ name: 'codeSystem', resource: animals }, coding]],
  ['CodeSystem/$lookup', [coding, { name: 'property', valueCode: 'p' }]],
  [
    'CodeSystem/$subsumes',
    [
      { name: 'codingA', valueCoding: coding.valueCoding },
      { name: 'codeB', valueCode: 'b' },
      { name: 'system', valueUri: 'urn:a' }
    ]
  ],
  [
    'ConceptMap/$translate',
    [
      { name: 'conceptMap', resource: map },
      coding,
      {
        name: 'dependency',
        part: [
          { name: 'element', valueUri: 'urn:p' },
          { name: 'concept', valueCodeableConcept: { coding: [{ code: 'v' }], text: 'v' } }
        ]
      }
    ]
  ],
  [
    'Patient/$match',
    [
      { name: 'resource', resource: person },
      { name: 'count', valueInteger: 3 },
      { name: 'onlyCertainMatches', valueBoolean: true }
    ]
  ]
]
const ODD = [null, true, 0, -1, 1.5, '', 'x', 'urn:a', '(', '*', '$&', {}, [], [null], [[]], { code: {} }, '\u0000', 'a'.repeat(3000)]

t.test('answers odd parameters and resources without a fault of its own', async (t) => {
  const server = await build(t)
  await server.ask('PUT', '/fhir/CodeSystem/a', { body: { ...animals, id: 'a' } })
  const all = { resourceType: 'ValueSet', id: 'x', url: 'urn:x', status: 'active', compose: { include: [{ system: 'urn:a' }] } }
  await server.ask('PUT', '/fhir/ValueSet/x', { body: all })
  await server.ask('PUT', '/fhir/Patient/p', { body: { ...person, id: 'p' } })
  let seed = 7
  const next = (limit: number) => (seed = (seed * 48_271) % 2_147_483_647) % limit
  const statuses = new Map<number, number>()
  for (const [url, parameter] of CALLS)
    t.equal((await server.ask('POST', `/fhir/${url}`, { body: { resourceType: 'Parameters', parameter } })).status, 200, url)
  for (let n = 0; n < 600; n++) {
    const [url, parameter] = CALLS[n % CALLS.length]!
    const body = structuredClone({ resourceType: 'Parameters', parameter })
    // One or two places anywhere are replaced or taken away.
    for (let changes = 1 + next(2); changes > 0; changes--) {
      const places: Array<[Record<string, unknown>, string]> = []
      const visit = (value: unknown) => {
        if (typeof value !== 'object' || value === null) return
        for (const [name, child] of Object.entries(value)) {
          places.push([value as Record<string, unknown>, name])
          visit(child)
        }
      }
      visit(body.parameter)
      if (places.length === 0) break
      const [holder, name] = places[next(places.length)]!
      const odd = ODD[next(ODD.length + 1)]
      if (odd === undefined) delete holder[name]
      else holder[name] = odd
    }
    const { status } = await server.ask('POST', `/fhir/${url}`, { body })
    statuses.set(status, (statuses.get(status) ?? 0) + 1)
    if (status >= 500) t.fail(`${url} ${JSON.stringify(body).slice(0, 600)}`)
  }
  t.comment(JSON.stringify([...statuses]))
  t.ok(statuses.get(200)! > 50 && statuses.get(400)! > 50, 'some are good, some are not')
})
