import t from 'tap'
import { type Built, build } from '../helper.js'

const ANIMALS = 'http://example.org/CodeSystem/animals'
const PETS = 'http://example.org/ValueSet/pets'

const animals = {
  resourceType: 'CodeSystem',
  id: 'animals',
  url: ANIMALS,
  version: '1',
  name: 'Animals',
  title: 'Animals of the house',
  status: 'active',
  content: 'complete',
  caseSensitive: true,
  hierarchyMeaning: 'is-a',
  property: [
    { code: 'legs', type: 'integer' },
    { code: 'notSelectable', uri: 'http://hl7.org/fhir/concept-properties#notSelectable', type: 'boolean' }
  ],
  concept: [
    {
      code: 'mammal',
      display: 'Mammal',
      property: [{ code: 'notSelectable', valueBoolean: true }],
      concept: [
        {
          code: 'dog',
          display: 'Dog',
          definition: 'It barks',
          designation: [{ language: 'de', value: 'Hund' }],
          property: [{ code: 'legs', valueInteger: 4 }],
          concept: [{ code: 'pug', display: 'Pug' }]
        },
        { code: 'cat', display: 'House cat', property: [{ code: 'legs', valueInteger: 4 }] }
      ]
    },
    { code: 'bird', display: 'Bird', property: [{ code: 'legs', valueInteger: 2 }] }
  ]
}
const pets = {
  resourceType: 'ValueSet',
  id: 'pets',
  url: PETS,
  version: '2',
  status: 'active',
  compose: {
    include: [{ system: ANIMALS, filter: [{ property: 'concept', op: 'is-a', value: 'mammal' }] }],
    exclude: [{ system: ANIMALS, concept: [{ code: 'cat' }] }]
  }
}

interface Part {
  readonly name: string
  readonly part?: readonly Part[]
  readonly [value: string]: unknown
}

/** The value of a parameter. */
function value({ parameter }: { parameter: readonly Part[] }, name: string): unknown {
  return valueIn(parameter.find((one) => one.name === name))
}

function valueIn(part: Part | undefined): unknown {
  const member = Object.keys(part ?? {}).find((key) => key.startsWith('value'))
  return member === undefined ? undefined : part?.[member]
}

const codes = (expanded: { expansion: { contains?: ReadonlyArray<{ code: string }> } }) =>
  (expanded.expansion.contains ?? []).map(({ code }) => code)
const parameters = (...parameter: object[]) => ({ resourceType: 'Parameters', parameter })

async function withAnimals(server: Built): Promise<void> {
  await server.ask('PUT', '/fhir/CodeSystem/animals', { body: animals })
  await server.ask('PUT', '/fhir/ValueSet/pets', { body: pets })
}

t.test('$expand', async (t) => {
  const server = await build(t)
  await withAnimals(server)

  t.test('gives the codes of a value set by url, by id, and of one in the body', async (t) => {
    for (const answer of [
      await server.ask('GET', `/fhir/ValueSet/$expand?url=${PETS}`),
      await server.ask('GET', `/fhir/ValueSet/$expand?url=${PETS}&valueSetVersion=2`),
      await server.ask('GET', '/fhir/ValueSet/pets/$expand'),
      await server.ask('POST', '/fhir/ValueSet/$expand', { body: parameters({ name: 'valueSet', resource: pets }) }),
      await server.ask('POST', '/fhir/ValueSet/$expand', { body: parameters({ name: 'url', valueUri: PETS }) })
    ]) {
      t.equal(answer.status, 200)
      t.equal(answer.json.resourceType, 'ValueSet')
      t.same(codes(answer.json), ['mammal', 'dog', 'pug'])
      t.equal(answer.json.expansion.total, 3)
      t.match(answer.json.expansion, { timestamp: /^\d{4}-/, identifier: /^urn:uuid:/ })
      t.same(answer.json.expansion.contains[0], { system: ANIMALS, abstract: true, version: '1', code: 'mammal', display: 'Mammal' })
      t.notOk(answer.json.compose, 'the definition is left out unless it is asked for')
    }
  })

  t.test('gives pages, and 0 gives only the total', async (t) => {
    const second = await server.ask('GET', `/fhir/ValueSet/$expand?url=${PETS}&offset=1&count=1`)
    t.same(codes(second.json), ['dog'])
    t.match(second.json.expansion, { total: 3, offset: 1 })
    const none = await server.ask('GET', `/fhir/ValueSet/$expand?url=${PETS}&count=0`)
    t.same(codes(none.json), [])
    t.equal(none.json.expansion.total, 3)
  })

  t.test('selects by text, activity and use, and records the parameters', async (t) => {
    const filtered = await server.ask('GET', `/fhir/ValueSet/$expand?url=${PETS}&filter=PU&excludeNotForUI=true&activeOnly=true`)
    t.same(codes(filtered.json), ['pug'])
    const recorded = filtered.json.expansion.parameter as Part[]
    t.same(
      recorded.map((part) => [part.name, valueIn(part)]),
      [
        ['filter', 'PU'],
        ['activeOnly', true],
        ['excludeNested', true],
        ['excludeNotForUI', true],
        ['version', `${ANIMALS}|1`]
      ]
    )
  })

  t.test('gives designations and displays in a language', async (t) => {
    const plain = await server.ask('GET', `/fhir/ValueSet/$expand?url=${PETS}`)
    t.notOk(plain.json.expansion.contains[1].designation)
    const german = await server.ask(
      'GET',
      `/fhir/ValueSet/$expand?url=${PETS}&displayLanguage=de-CH&includeDesignations=true&includeDefinition=true`
    )
    t.equal(german.json.expansion.contains[1].display, 'Hund')
    t.same(german.json.expansion.contains[1].designation, [{ language: 'de', value: 'Hund' }])
    t.ok(german.json.compose)
  })

  t.test('gives the value set that an element is bound to', async (t) => {
    const of = async (context: string) =>
      codes((await server.ask('GET', `/fhir/ValueSet/$expand?context=${encodeURIComponent(context)}`)).json)
    const base = 'http://hl7.org/fhir/StructureDefinition'
    t.same(await of(`${base}/Patient#Patient.gender`), ['male', 'female', 'other', 'unknown'])
    t.ok((await of(`${base}/Patient#Patient.contact.telecom.system`)).includes('phone'), 'inside a data type')
    const element = [
      { id: 'Patient', path: 'Patient' },
      { id: 'Patient.maritalStatus', path: 'Patient.maritalStatus', binding: { strength: 'required', valueSet: PETS } }
    ]
    const profile = {
      resourceType: 'StructureDefinition',
      id: 'p',
      url: 'http://example.org/p',
      name: 'P',
      status: 'active',
      kind: 'resource',
      abstract: false,
      type: 'Patient',
      baseDefinition: `${base}/Patient`,
      derivation: 'constraint',
      differential: { element }
    }
    t.equal((await server.ask('PUT', '/fhir/StructureDefinition/p', { body: profile })).status, 201)
    t.same(await of('http://example.org/p#Patient.maritalStatus'), ['mammal', 'dog', 'pug'])
    t.same(await of('http://example.org/p#Patient.gender'), ['male', 'female', 'other', 'unknown'], 'what the profile leaves as it is')
    const code = await server.ask(
      'GET',
      `/fhir/ValueSet/$validate-code?context=${encodeURIComponent('http://example.org/p#Patient.maritalStatus')}&code=dog`
    )
    t.equal(value(code.json, 'result'), true, 'a code without system')
    t.equal((await server.ask('GET', `/fhir/ValueSet/$expand?context=${encodeURIComponent(`${base}/Patient#Patient.id`)}`)).status, 404)
    t.equal((await server.ask('GET', '/fhir/ValueSet/$expand?context=x')).status, 404)
  })

  t.test('follows what is uploaded', async (t) => {
    const url = 'http://example.org/ValueSet/new'
    t.equal((await server.ask('GET', `/fhir/ValueSet/$expand?url=${url}`)).status, 404)
    const body = { resourceType: 'ValueSet', id: 'new', url, status: 'draft', compose: { include: [{ valueSet: [PETS] }] } }
    await server.ask('PUT', '/fhir/ValueSet/new', { body })
    t.same(codes((await server.ask('GET', `/fhir/ValueSet/$expand?url=${url}`)).json), ['mammal', 'dog', 'pug'])
    await server.ask('PUT', '/fhir/ValueSet/pets', { body: { ...pets, compose: { include: pets.compose.include } } })
    t.same(codes((await server.ask('GET', `/fhir/ValueSet/$expand?url=${url}`)).json), ['mammal', 'dog', 'pug', 'cat'])
    await server.ask('PUT', '/fhir/ValueSet/pets', { body: pets })
  })

  t.test('says why it cannot', async (t) => {
    const snomed = { resourceType: 'ValueSet', status: 'active', compose: { include: [{ system: 'http://snomed.info/sct' }] } }
    const absent = await server.ask('POST', '/fhir/ValueSet/$expand', { body: parameters({ name: 'valueSet', resource: snomed }) })
    t.equal(absent.status, 422)
    t.match(absent.json.issue[0], { code: 'not-supported', details: { text: /snomed/ } })
    const units = await server.ask('GET', '/fhir/ValueSet/$expand?url=http://hl7.org/fhir/ValueSet/ucum-units')
    t.match(units.json.issue[0], { code: 'too-costly' })
    t.equal((await server.ask('GET', '/fhir/ValueSet/$expand')).status, 400)
    t.equal((await server.ask('GET', '/fhir/ValueSet/nothing/$expand')).status, 404)
    t.equal((await server.ask('GET', `/fhir/ValueSet/$expand?url=${PETS}&count=-1`)).status, 400)
    t.equal((await server.ask('GET', `/fhir/ValueSet/$expand?url=${PETS}&activeOnly=yes`)).status, 400)
    t.equal((await server.ask('GET', `/fhir/ValueSet/$expand?url=${PETS}`, { token: false })).status, 401)
  })
})

t.test('$validate-code', async (t) => {
  const server = await build(t)
  await withAnimals(server)
  const ask = async (query: string) => (await server.ask('GET', `/fhir/${query}`)).json

  t.test('says whether a code is in a value set', async (t) => {
    const inside = await ask(`ValueSet/$validate-code?url=${PETS}&system=${ANIMALS}&code=pug&display=pug`)
    t.same(inside, parameters({ name: 'result', valueBoolean: true }, { name: 'display', valueString: 'Pug' }))
    const outside = await ask(`ValueSet/pets/$validate-code?system=${ANIMALS}&code=cat`)
    t.equal(value(outside, 'result'), false)
    t.match(value(outside, 'message'), /cat/)
    const wrong = await ask(`ValueSet/$validate-code?url=${PETS}&system=${ANIMALS}&code=pug&display=Cat`)
    t.equal(value(wrong, 'result'), false)
    t.equal(value(wrong, 'display'), 'Pug')
    const grouping = await ask(`ValueSet/$validate-code?url=${PETS}&system=${ANIMALS}&code=mammal&abstract=false`)
    t.equal(value(grouping, 'result'), false)
  })

  t.test('takes the coding of a concept that is in it', async (t) => {
    const body = parameters(
      { name: 'url', valueUri: PETS },
      {
        name: 'codeableConcept',
        valueCodeableConcept: {
          coding: [
            { system: 'urn:x', code: '1' },
            { system: ANIMALS, code: 'dog' }
          ]
        }
      }
    )
    t.equal(value((await server.ask('POST', '/fhir/ValueSet/$validate-code', { body })).json, 'result'), true)
  })

  t.test('says whether a code is one of a code system', async (t) => {
    t.equal(value(await ask(`CodeSystem/$validate-code?url=${ANIMALS}&code=cat`), 'result'), true)
    t.equal(value(await ask('CodeSystem/animals/$validate-code?code=cow'), 'result'), false)
    t.equal(value(await ask('CodeSystem/$validate-code?url=http://unitsofmeasure.org&code=mg/dL'), 'result'), true)
    t.equal(value(await ask('CodeSystem/$validate-code?url=http://unitsofmeasure.org&code=mgs'), 'result'), false)
    t.equal(
      value(
        await ask('ValueSet/$validate-code?url=http://hl7.org/fhir/ValueSet/ucum-units&system=http://unitsofmeasure.org&code=kg'),
        'result'
      ),
      true
    )
    t.equal((await server.ask('GET', '/fhir/CodeSystem/$validate-code?url=http://snomed.info/sct&code=1')).status, 422)
    t.equal((await server.ask('GET', '/fhir/CodeSystem/$validate-code?url=urn:nothing&code=1')).status, 404)
    t.equal((await server.ask('GET', `/fhir/ValueSet/$validate-code?url=${PETS}&code=dog`)).status, 400)
  })
})

t.test('$lookup gives what is known of a code', async (t) => {
  const server = await build(t)
  await withAnimals(server)
  const { json } = await server.ask('GET', `/fhir/CodeSystem/$lookup?system=${ANIMALS}&code=dog`)
  t.equal(value(json, 'name'), 'Animals of the house')
  t.equal(value(json, 'version'), '1')
  t.equal(value(json, 'display'), 'Dog')
  const properties = (json.parameter as Part[]).filter(({ name }) => name === 'property').map(({ part = [] }) => part.map(valueIn))
  t.same(properties, [
    ['definition', 'It barks'],
    ['parent', 'mammal', 'Mammal'],
    ['child', 'pug', 'Pug'],
    ['legs', 4]
  ])
  t.same(
    (json.parameter as Part[]).find(({ name }) => name === 'designation'),
    {
      name: 'designation',
      part: [
        { name: 'language', valueCode: 'de' },
        { name: 'value', valueString: 'Hund' }
      ]
    }
  )
  const legs = await server.ask('GET', `/fhir/CodeSystem/$lookup?system=${ANIMALS}&code=dog&property=legs`)
  t.same(
    (legs.json.parameter as Part[]).map(({ name }) => name),
    ['name', 'version', 'display', 'property']
  )
  const body = parameters({ name: 'coding', valueCoding: { system: 'http://hl7.org/fhir/administrative-gender', code: 'female' } })
  t.equal(value((await server.ask('POST', '/fhir/CodeSystem/$lookup', { body })).json, 'display'), 'Female')
  const unknown = await server.ask('GET', `/fhir/CodeSystem/$lookup?system=${ANIMALS}&code=cow`)
  t.equal(unknown.status, 404)
  t.match(unknown.json.issue[0], { code: 'code-invalid' })
  t.equal((await server.ask('GET', '/fhir/CodeSystem/$lookup?system=urn:nothing&code=cow')).status, 404)
  t.equal((await server.ask('GET', '/fhir/CodeSystem/$lookup?code=cow')).status, 400)
})

t.test('$subsumes says how two codes stand to each other', async (t) => {
  const server = await build(t)
  await withAnimals(server)
  const outcome = async (a: string, b: string) =>
    value((await server.ask('GET', `/fhir/CodeSystem/$subsumes?system=${ANIMALS}&codeA=${a}&codeB=${b}`)).json, 'outcome')
  t.equal(await outcome('mammal', 'pug'), 'subsumes')
  t.equal(await outcome('pug', 'mammal'), 'subsumed-by')
  t.equal(await outcome('pug', 'pug'), 'equivalent')
  t.equal(await outcome('cat', 'dog'), 'not-subsumed')
  const instance = await server.ask('GET', '/fhir/CodeSystem/animals/$subsumes?codeA=dog&codeB=pug')
  t.same(instance.json, parameters({ name: 'outcome', valueCode: 'subsumes' }))
  t.equal((await server.ask('GET', `/fhir/CodeSystem/$subsumes?system=${ANIMALS}&codeA=dog&codeB=cow`)).status, 404)
  t.equal((await server.ask('GET', `/fhir/CodeSystem/$subsumes?system=${ANIMALS}&codeA=dog`)).status, 400)
})

t.test('$translate', async (t) => {
  const server = await build(t)
  const gender = 'https://fhir.wardbridge.dev/CodeSystem/mimic-iii-gender'
  const source = 'https://fhir.wardbridge.dev/ConceptMap/mimic-iii-gender'
  const female = { system: 'http://hl7.org/fhir/administrative-gender', code: 'female', display: 'Female' }

  t.test('translates by a named map, by any map that has the code, and backwards', async (t) => {
    const answer = parameters(
      { name: 'result', valueBoolean: true },
      {
        name: 'match',
        part: [
          { name: 'equivalence', valueCode: 'equivalent' },
          { name: 'concept', valueCoding: female },
          { name: 'source', valueUri: source }
        ]
      }
    )
    t.same((await server.ask('GET', `/fhir/ConceptMap/$translate?url=${source}&system=${gender}&code=F`)).json, answer)
    t.same((await server.ask('GET', `/fhir/ConceptMap/$translate?system=${gender}&code=F`)).json, answer)
    const { json } = await server.ask('GET', `/fhir/ConceptMap/$translate?url=${source}&system=${female.system}&code=female&reverse=true`)
    t.equal(json.parameter[1].part[1].valueCoding.code, 'F')
  })

  t.test('says when there is no translation', async (t) => {
    const none = await server.ask('GET', `/fhir/ConceptMap/$translate?url=${source}&system=${gender}&code=X`)
    t.equal(none.status, 200)
    t.equal(value(none.json, 'result'), false)
    t.equal((await server.ask('GET', `/fhir/ConceptMap/$translate?url=urn:nothing&system=${gender}&code=F`)).status, 404)
  })

  t.test('takes what the map says of other codes, and of dependencies', async (t) => {
    const map = {
      resourceType: 'ConceptMap',
      id: 'm',
      url: 'http://example.org/map',
      status: 'active',
      group: [
        {
          source: 'urn:a',
          target: 'urn:b',
          element: [
            { code: 'none', target: [{ equivalence: 'unmatched' }] },
            { code: 'some', target: [{ code: 'left', equivalence: 'wider', dependsOn: [{ property: 'urn:side', value: 'l' }] }] }
          ],
          unmapped: { mode: 'fixed', code: 'other', display: 'Other' }
        }
      ]
    }
    await server.ask('PUT', '/fhir/ConceptMap/m', { body: map })
    const other = await server.ask('GET', '/fhir/ConceptMap/m/$translate?system=urn:a&code=anything')
    t.match(other.json.parameter[1].part[1], { valueCoding: { system: 'urn:b', code: 'other', display: 'Other' } })
    const none = await server.ask('GET', '/fhir/ConceptMap/m/$translate?system=urn:a&code=none')
    t.equal(value(none.json, 'result'), false)
    t.equal(none.json.parameter[2].part[0].valueCode, 'unmatched')
    const without = await server.ask('GET', '/fhir/ConceptMap/m/$translate?system=urn:a&code=some')
    t.equal(value(without.json, 'result'), false)
    const body = parameters(
      { name: 'coding', valueCoding: { system: 'urn:a', code: 'some' } },
      {
        name: 'dependency',
        part: [
          { name: 'element', valueUri: 'urn:side' },
          { name: 'concept', valueCodeableConcept: { coding: [{ code: 'l' }] } }
        ]
      }
    )
    const met = await server.ask('POST', '/fhir/ConceptMap/m/$translate', { body })
    t.equal(met.json.parameter[1].part[1].valueCoding.code, 'left')
  })
})

t.test('GET /metadata?mode=terminology says what terminology can do', async (t) => {
  const { ask } = await build(t)
  const { status, json } = await ask('GET', '/fhir/metadata?mode=terminology', { token: false })
  t.equal(status, 200)
  t.match(json, { resourceType: 'TerminologyCapabilities', status: 'active', kind: 'instance', expansion: { paging: true } })
  t.ok(json.codeSystem.some((one: { uri: string }) => one.uri === 'http://hl7.org/fhir/administrative-gender'))
  const body = parameters({ name: 'resource', resource: json })
  const { issue } = (await ask('POST', '/fhir/TerminologyCapabilities/$validate', { body })).json
  t.same(
    issue.filter((one: { severity: string }) => one.severity === 'error'),
    []
  )
  t.equal((await ask('GET', '/fhir/metadata?mode=full', { token: false })).json.resourceType, 'CapabilityStatement')
})
