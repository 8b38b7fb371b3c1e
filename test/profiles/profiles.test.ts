import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { validateResource } from '#wardbridge/fhir/validate.js'

const folder = fileURLToPath(new URL('../../profiles/generated/', import.meta.url))
const sources = fileURLToPath(new URL('../../profiles/fsh/', import.meta.url))

interface Definition {
  resourceType: string
  id: string
  url: string
  name: string
  title?: string
  description?: string
  status: string
  type?: string
  snapshot?: { element: { path: string; id: string; min: number; max: string }[] }
  content?: string
  concept?: { code: string; display?: string }[]
}

const definitions = new Map<string, Definition>(
  readdirSync(folder).map((name) => [name, JSON.parse(readFileSync(join(folder, name), 'utf8')) as Definition])
)

function element(id: string, path: string) {
  const found = definitions.get(`StructureDefinition-${id}.json`)?.snapshot?.element.find((item) => item.id === path)
  return found === undefined ? undefined : `${found.min}..${found.max}`
}

t.test('every source definition is among the generated ones, and nothing else', async (t) => {
  const text = readdirSync(sources)
    .map((name) => readFileSync(join(sources, name), 'utf8'))
    .join('\n')
  const ids = [...text.matchAll(/^Id: (\S+)|^Instance: (\S+)/gm)].map((match) => match[1] ?? match[2])
  t.same([...definitions.values()].map((definition) => definition.id).sort(), ids.sort())
})

for (const [name, definition] of definitions) {
  t.test(`${name} is valid R4, has its address, a title and a description`, async (t) => {
    t.same(validateResource(definition), [])
    t.equal(name, `${definition.resourceType}-${definition.id}.json`)
    t.equal(definition.url, `https://fhir.wardbridge.dev/${definition.resourceType}/${definition.id}`)
    t.equal(definition.status, 'active')
    t.match(definition.description, /^[A-Z].{20,}\.$/s)
    if (definition.resourceType !== 'SearchParameter') t.match(definition.title, /^[A-Z]/)
  })
}

t.test('every StructureDefinition has a snapshot that starts with its type', async (t) => {
  for (const definition of definitions.values()) {
    if (definition.resourceType === 'StructureDefinition') t.equal(definition.snapshot?.element[0]?.path, definition.type, definition.id)
  }
})

t.test('the profiles ask for what the packs promise', async (t) => {
  t.equal(element('wardbridge-patient', 'Patient.identifier'), '1..*')
  t.equal(element('wardbridge-patient', 'Patient.gender'), '1..1')
  t.equal(element('wardbridge-encounter', 'Encounter.identifier'), '1..*')
  t.equal(element('wardbridge-encounter', 'Encounter.subject'), '1..1')
  t.equal(element('wardbridge-lab-observation', 'Observation.category:laboratory'), '1..1')
  t.equal(element('wardbridge-lab-observation', 'Observation.subject'), '1..1')
  t.equal(element('wardbridge-thread', 'Communication.payload'), '0..0')
  t.equal(element('wardbridge-thread', 'Communication.partOf'), '0..0')
  t.equal(element('wardbridge-question', 'Communication.partOf'), '1..1')
  t.equal(element('wardbridge-answer', 'Communication.inResponseTo'), '1..1')
})

t.test('code systems with a complete or partial list have unique codes in the form R4 allows', async (t) => {
  for (const definition of definitions.values()) {
    if (definition.resourceType !== 'CodeSystem') continue
    const codes = (definition.concept ?? []).map((concept) => concept.code)
    t.equal(new Set(codes).size, codes.length, definition.id)
    t.equal(codes.length === 0, definition.content === 'not-present', definition.id)
    for (const code of codes) t.match(code, /^[^\s]+(\s[^\s]+)*$/, `${definition.id} ${code}`)
  }
})
