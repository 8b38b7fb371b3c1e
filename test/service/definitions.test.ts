import t, { type Test } from 'tap'
import { Definitions } from '#wardbridge/service/definitions.js'
import { openStore } from '#wardbridge/store/open.js'
import type { Repository } from '#wardbridge/store/repository.js'

const URL = 'http://example.org/ValueSet/colours'

async function open(test: Test): Promise<{ store: Repository; definitions: Definitions }> {
  const store = await openStore(`${test.testdir()}/store.db`)
  test.teardown(() => store.close())
  return { store, definitions: new Definitions(store) }
}

function put(store: Repository, id: string, more: object = {}, type = 'ValueSet') {
  const text = JSON.stringify({ resourceType: type, id, url: URL, status: 'active', ...more })
  return store.commit([{ method: 'put', type, id, text }])
}

const idOf = async (definitions: Definitions, canonical: string) =>
  (await definitions.find('ValueSet', canonical))?.resource<{ id: string }>().id

t.test('finds what is written from the moment it is written', async (t) => {
  const { store, definitions } = await open(t)
  t.equal(await definitions.find('ValueSet', URL), undefined)
  await put(store, 'a')
  t.equal(await idOf(definitions, URL), 'a')
  const { key } = (await definitions.find('ValueSet', URL))!
  await put(store, 'a', { title: 'Colours' })
  t.not((await definitions.find('ValueSet', URL))?.key, key, 'the key changes with the content')
  await store.commit([{ method: 'delete', type: 'ValueSet', id: 'a' }])
  t.equal(await definitions.find('ValueSet', URL), undefined)
})

t.test('takes exactly the version asked for, else the highest that is not retired', async (t) => {
  const { store, definitions } = await open(t)
  await put(store, 'nine', { version: '1.9.0' })
  await put(store, 'ten', { version: '1.10.0' })
  await put(store, 'old', { version: '2.0.0', status: 'retired' })
  t.equal(await idOf(definitions, `${URL}|1.9.0`), 'nine')
  t.equal(await idOf(definitions, `${URL}|2.0.0`), 'old')
  t.equal(await idOf(definitions, URL), 'ten')
  t.equal(await idOf(definitions, `${URL}|3`), undefined)
})

t.test('takes the last one written where versions do not tell', async (t) => {
  const { store, definitions } = await open(t)
  await put(store, 'a')
  await new Promise((resolve) => setTimeout(resolve, 5))
  await put(store, 'b')
  t.equal(await idOf(definitions, URL), 'b')
})

t.test('keeps types apart and reads references to resources of the store', async (t) => {
  const { store, definitions } = await open(t)
  await put(store, 'a', {}, 'CodeSystem')
  t.equal(await definitions.find('ValueSet', URL), undefined)
  t.equal(await definitions.find('ValueSet', 'CodeSystem/a'), undefined)
  t.equal((await definitions.find('CodeSystem', 'CodeSystem/a'))?.resource<{ id: string }>().id, 'a')
})

t.test('has the terminology of R4, our own definitions and the code maps, and prefers what is uploaded', async (t) => {
  const { store, definitions } = await open(t)
  const gender = 'http://hl7.org/fhir/administrative-gender'
  const official = (await definitions.find('CodeSystem', gender))?.resource<{ concept: unknown[] }>()
  t.equal(official?.concept.length, 4)
  t.ok(await definitions.find('CodeSystem', `${gender}|4.0.1`))
  t.equal(await definitions.find('CodeSystem', `${gender}|3.0`), undefined)
  t.ok(await definitions.find('ValueSet', 'http://terminology.hl7.org/ValueSet/v3-ActCode'))
  t.ok(await definitions.find('CodeSystem', 'https://fhir.wardbridge.dev/CodeSystem/task-code'))
  t.ok(await definitions.find('StructureDefinition', 'https://fhir.wardbridge.dev/StructureDefinition/wardbridge-patient'))
  t.ok(await definitions.find('ConceptMap', 'https://fhir.wardbridge.dev/ConceptMap/mimic-iii-gender'))
  await put(store, 'own', { url: gender, content: 'complete', concept: [{ code: 'x' }] }, 'CodeSystem')
  t.equal((await definitions.find('CodeSystem', gender))?.resource<{ id: string }>().id, 'own')
})

t.test('finds concept maps by the system they translate from or to', async (t) => {
  const { store, definitions } = await open(t)
  const gender = 'https://fhir.wardbridge.dev/CodeSystem/mimic-iii-gender'
  t.same(
    (await definitions.mapsOf(gender, 'source')).map(({ key }) => key),
    ['ConceptMap https://fhir.wardbridge.dev/ConceptMap/mimic-iii-gender']
  )
  const group = [{ source: gender, target: 'urn:other', element: [] }]
  await put(store, 'm', { url: 'http://example.org/m', group }, 'ConceptMap')
  t.equal((await definitions.mapsOf(gender, 'source')).length, 2)
  t.equal((await definitions.mapsOf('urn:other', 'target')).length, 1)
})
