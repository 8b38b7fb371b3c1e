import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import t from 'tap'
import { codesOf, codingsOf, isResourceType, resourceTypes, typeDefinition } from '#wardbridge/fhir/definitions.js'

t.test('knows the 146 concrete resource types of R4', async (t) => {
  t.equal(resourceTypes().length, 146)
  t.same([...resourceTypes()].sort(), resourceTypes())
  t.ok(isResourceType('Patient') && isResourceType('Parameters') && isResourceType('VisionPrescription'))
  for (const name of [
    'Resource',
    'DomainResource',
    'HumanName',
    'Observation.component',
    'string',
    'constructor',
    '__proto__',
    '',
    'patient'
  ]) {
    t.notOk(isResourceType(name), name)
  }
  t.equal(typeDefinition('DomainResource')?.abstract, true)
  t.equal(typeDefinition('toString'), undefined)
})

t.test('every type that an element names has a definition', async (t) => {
  const seen = new Set<string>()
  const visit = (name: string) => {
    if (seen.has(name)) return
    seen.add(name)
    const definition = typeDefinition(name)
    if (definition === undefined) return t.fail(name)
    if (definition.kind === 'primitive') t.ok(definition.pattern !== undefined && definition.json !== undefined, name)
    else if (definition.elements.length === 0) t.fail(`${name} has no elements`)
    for (const element of definition.elements) {
      if (!(element.min >= 0 && element.max >= 1 && element.types.length > 0)) t.fail(element.path)
      if (element.types.length > 1 && !element.name.endsWith('[x]')) t.fail(element.path)
      for (const type of element.types) visit(type)
      for (const target of element.targets) if (!isResourceType(target)) t.fail(`${element.path}: ${target}`)
    }
  }
  for (const name of resourceTypes()) visit(name)
  t.equal([...seen].filter((name) => typeDefinition(name)?.kind === 'primitive').length, 20)
})

t.test('elements come inherited ones first, choices expanded, content references resolved', async (t) => {
  const observation = typeDefinition('Observation')
  t.same(
    observation?.elements.slice(0, 10).map((element) => element.name),
    ['id', 'meta', 'implicitRules', 'language', 'text', 'contained', 'extension', 'modifierExtension', 'identifier', 'basedOn']
  )
  t.equal(observation?.elements[0]?.types[0], 'id')
  t.match(observation?.members.get('valueQuantity'), {
    type: 'Quantity',
    element: { name: 'value[x]', path: 'Observation.value[x]', min: 0, max: 1 }
  })
  t.equal(observation?.members.get('value'), undefined)
  t.match(observation?.members.get('status'), {
    type: 'code',
    element: { min: 1, summary: true, binding: { strength: 'required', valueSet: 'http://hl7.org/fhir/ValueSet/observation-status' } }
  })
  t.match(observation?.members.get('subject')?.element.targets, ['Patient', 'Group', 'Device', 'Location'])
  t.equal(typeDefinition('Observation.component')?.members.get('referenceRange')?.type, 'Observation.referenceRange')
  t.equal(typeDefinition('Observation.referenceRange')?.members.get('low')?.element.simpleQuantity, true)
  t.equal(typeDefinition('Parameters.parameter')?.members.get('part')?.type, 'Parameters.parameter')
  t.equal(typeDefinition('Extension')?.members.size, 53)
  t.equal(typeDefinition('Extension')?.members.get('url')?.element.attribute, true)
  t.equal(typeDefinition('Timing.repeat')?.kind, 'backbone')
  t.equal(observation?.members.get('component')?.element.max, Number.POSITIVE_INFINITY)
})

t.test('codes of required value sets', async (t) => {
  const status = codesOf('http://hl7.org/fhir/ValueSet/observation-status|4.0.1')
  t.ok(status?.has('entered-in-error'))
  t.equal(status?.size, 8)
  t.ok(codesOf('http://hl7.org/fhir/ValueSet/resource-types')?.has('Patient'))
  t.ok(
    codingsOf('http://hl7.org/fhir/ValueSet/condition-clinical')
      ?.get('http://terminology.hl7.org/CodeSystem/condition-clinical')
      ?.has('relapse')
  )
  for (const open of ['mimetypes', 'ucum-units', 'currencies', 'constructor'])
    t.equal(codesOf(`http://hl7.org/fhir/ValueSet/${open}`), undefined, open)
})

t.test('patterns are anchored', async (t) => {
  const matches = (type: string, text: string) => typeDefinition(type)?.pattern?.test(text)
  t.ok(matches('date', '2026-01') && matches('date', '2026') && matches('instant', '2026-01-02T03:04:05.678+01:00'))
  t.notOk(
    matches('date', '2026-1') ||
      matches('date', '2026-01-02T00:00:00Z') ||
      matches('instant', '2026-01-02') ||
      matches('dateTime', '2026-01-02T03:04')
  )
  t.ok(matches('string', 'a\u00a0b') && matches('string', ' \n') && matches('code', 'a b'))
  t.notOk(
    matches('string', 'a\u0001') || matches('code', ' a') || matches('code', 'a  b') || matches('id', 'a_b') || matches('positiveInt', '0')
  )
})

const packageFolder = process.env['WARDBRIDGE_R4_EXAMPLES'] ?? 'node_modules/hl7.fhir.r4.examples'
t.test(
  'profiles/r4 is what the official package gives',
  { skip: existsSync(packageFolder) ? false : 'unpack hl7.fhir.r4.examples 4.0.1 and set WARDBRIDGE_R4_EXAMPLES to its folder' },
  async (t) => {
    t.doesNotThrow(() => execFileSync(process.execPath, ['profiles/tools/build-r4.mjs', packageFolder, '--check'], { stdio: 'pipe' }))
  }
)
