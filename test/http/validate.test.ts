import t from 'tap'
import { build, observation, patient } from '../helper.js'

const LAB = 'https://fhir.wardbridge.dev/StructureDefinition/wardbridge-lab-observation'
const parameters = (...parameter: object[]) => ({ resourceType: 'Parameters', parameter })

t.test('$validate answers 200 with an OperationOutcome, whether the resource is valid or not, and stores nothing', async (t) => {
  const { ask } = await build(t)
  const valid = await ask('POST', '/fhir/Patient/$validate', { body: patient({ text: narrative }) })
  t.equal(valid.status, 200)
  t.strictSame(valid.json.issue, [{ severity: 'information', code: 'informational', details: { text: 'No issues found' } }])
  const { status, json } = await ask('POST', '/fhir/Patient/$validate', { body: patient({ gender: 'f', contact: [{ gender: 'male' }] }) })
  t.equal(status, 200)
  t.match(json, {
    resourceType: 'OperationOutcome',
    issue: [
      { severity: 'error', code: 'code-invalid', expression: ['Patient.gender'] },
      { severity: 'warning', code: 'invariant', expression: ['Patient'] },
      { severity: 'error', code: 'invariant', expression: ['Patient.contact[0]'] }
    ]
  })
  t.equal((await ask('GET', '/fhir/Patient?_summary=count')).json.total, 0)
})

const narrative = { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">Ada</div>' }
const errors = (outcome: { issue: Array<{ severity: string; expression?: string[] }> }) =>
  outcome.issue.filter(({ severity }) => severity === 'error').map(({ expression }) => expression?.[0])

t.test('the input comes as the resource, as Parameters, or in the address', async (t) => {
  const { ask } = await build(t)
  const lab = observation('p', '2020-01-01')
  const resource = { name: 'resource', resource: lab }
  for (const answer of [
    await ask('POST', `/fhir/Observation/$validate?profile=${encodeURIComponent(LAB)}`, { body: lab }),
    await ask('POST', '/fhir/Observation/$validate', { body: parameters(resource, { name: 'profile', valueUri: LAB }) }),
    await ask('POST', '/fhir/Observation/$validate', { body: { ...lab, meta: { profile: [LAB] } } })
  ]) {
    t.equal(answer.status, 200)
    t.ok(errors(answer.json).includes('Observation.category'), 'the profile asks for a category')
  }
  t.strictSame(errors((await ask('POST', '/fhir/Observation/$validate', { body: parameters(resource) })).json), [])
})

t.test('Parameters are a resource like any other when they are no input', async (t) => {
  const { ask } = await build(t)
  const body = parameters({ name: 'x', valueString: 'a', resource: patient() })
  t.strictSame(errors((await ask('POST', '/fhir/Parameters/$validate', { body })).json), ['Parameters.parameter[0]'])
})

t.test('a resource of another type is an error of its content', async (t) => {
  const { ask } = await build(t)
  const { status, json } = await ask('POST', '/fhir/Observation/$validate', { body: patient() })
  t.equal(status, 200)
  t.match(json.issue[0], { severity: 'error', code: 'structure', expression: ['Patient'] })
})

t.test('the stored resource is validated on its instance, by GET and POST', async (t) => {
  const { ask } = await build(t)
  await ask('PUT', '/fhir/Patient/p1', { body: patient({ id: 'p1', contact: [{ gender: 'male' }] }) })
  t.strictSame(errors((await ask('GET', '/fhir/Patient/p1/$validate')).json), ['Patient.contact[0]'])
  t.strictSame(errors((await ask('POST', '/fhir/Patient/p1/$validate')).json), ['Patient.contact[0]'])
  const profile = parameters({ name: 'mode', valueCode: 'profile' }, { name: 'profile', valueUri: LAB })
  t.ok(errors((await ask('POST', '/fhir/Patient/p1/$validate', { body: profile })).json).includes('Patient'), 'it is no Observation')
  t.equal((await ask('GET', '/fhir/Patient/never/$validate')).status, 404)
})

t.test('mode update asks for the id in the address; mode delete looks at nothing but whether a delete would go through', async (t) => {
  const { ask, token } = await build(t)
  const mode = (valueCode: string, resource?: object) =>
    parameters({ name: 'mode', valueCode }, ...(resource === undefined ? [] : [{ name: 'resource', resource }]))
  const update = async (id?: string) =>
    errors((await ask('POST', '/fhir/Patient/p1/$validate', { body: mode('update', patient(id === undefined ? {} : { id })) })).json)
  t.strictSame(await update('p1'), [])
  t.strictSame(await update('p2'), ['Patient.id'])
  t.strictSame(await update(), ['Patient.id'])
  t.strictSame(errors((await ask('POST', '/fhir/Patient/$validate', { body: mode('create', patient()) })).json), [])
  await ask('PUT', '/fhir/Patient/p1', { body: patient({ id: 'p1' }) })
  t.strictSame(errors((await ask('GET', '/fhir/Patient/p1/$validate?mode=delete')).json), [])
  t.match((await ask('GET', '/fhir/Patient/p2/$validate?mode=delete')).json.issue, [{ severity: 'warning', code: 'not-found' }])
  const entry = await ask('GET', '/fhir/Patient/p1/$validate?mode=delete', { token: token('data-entry') })
  t.match(entry.json.issue, [{ severity: 'error', code: 'forbidden' }])
})

t.test(
  'what keeps it from being judged is 4xx: no JSON, a member twice, no resource, a mode that is none, a profile that is not known',
  async (t) => {
    const { ask } = await build(t)
    const status = async (url: string, body?: string | object) =>
      (await ask('POST', `/fhir/${url}`, body === undefined ? {} : { body })).status
    t.equal(await status('Patient/$validate', '{"resourceType":"Patient",'), 400)
    t.equal(await status('Patient/$validate', '{"resourceType":"Patient","gender":"male","gender":"female"}'), 400)
    t.equal(await status('Patient/$validate'), 400)
    t.equal(await status('Patient/$validate?mode=guess', patient()), 400)
    t.equal(await status('Patient/$validate?mode=update', patient()), 400)
    t.equal(await status('Patient/$validate?mode=delete'), 400)
    t.equal(await status('Patient/p1/$validate?mode=profile', patient()), 400)
    const unknown = await ask('POST', '/fhir/Patient/$validate?profile=http://example.org/none', { body: patient() })
    t.equal(unknown.status, 422)
    t.match(unknown.json.issue, [{ severity: 'error', code: 'not-supported' }])
  }
)

t.test('strict: every way to write refuses what $validate calls an error, with 422 and the FHIRPath of the element', async (t) => {
  const { ask } = await build(t, { validation: 'strict' })
  const wrong = patient({ id: 'p1', contact: [{ gender: 'male' }] })
  const good = patient({ id: 'p1' })
  const refused = {
    resourceType: 'OperationOutcome',
    issue: [{ severity: 'error', code: 'invariant', expression: ['Patient.contact[0]'] }]
  }
  t.match(await ask('POST', '/fhir/Patient', { body: wrong }), { status: 422, json: refused })
  t.match(await ask('PUT', '/fhir/Patient/p1', { body: wrong }), { status: 422, json: refused })
  t.equal((await ask('PUT', '/fhir/Patient/p1', { body: good })).status, 201)
  const patch = JSON.stringify([{ op: 'add', path: '/contact', value: [{ gender: 'male' }] }])
  const patched = await ask('PATCH', '/fhir/Patient/p1', { body: patch, headers: { 'content-type': 'application/json-patch+json' } })
  t.match(patched, { status: 422, json: refused })
  const entry = (resource: object) => ({ resource, request: { method: 'PUT', url: 'Patient/p1' } })
  const transaction = await ask('POST', '/fhir', { body: { resourceType: 'Bundle', type: 'transaction', entry: [entry(wrong)] } })
  t.equal(transaction.status, 422)
  const batch = await ask('POST', '/fhir', { body: { resourceType: 'Bundle', type: 'batch', entry: [entry(wrong)] } })
  t.match(batch.json.entry[0].response, { status: /^422/ })
  t.equal((await ask('GET', '/fhir/Patient/p1')).json.meta.versionId, '1', 'nothing was written')
})

t.test('a profile, an extension and a value set that were uploaded count in $validate from then on', async (t) => {
  const { ask } = await build(t)
  const BASE = 'http://example.org/fhir'
  const eye = { url: `${BASE}/StructureDefinition/eye`, valueCode: 'blue' }
  const validate = async (resource: object, profile?: string) =>
    ask('POST', `/fhir/Patient/$validate${profile === undefined ? '' : `?profile=${BASE}/StructureDefinition/${profile}`}`, {
      body: resource
    })
  t.equal((await validate(patient(), 'ward-patient')).status, 422, 'not known yet')

  const colours = (code: string) => ({
    resourceType: 'ValueSet',
    id: 'colours',
    url: `${BASE}/ValueSet/colours`,
    status: 'active',
    compose: { include: [{ system: `${BASE}/CodeSystem/colours`, filter: [{ property: 'concept', op: 'is-a', value: code }] }] }
  })
  await ask('POST', '/fhir/CodeSystem', {
    body: {
      resourceType: 'CodeSystem',
      url: `${BASE}/CodeSystem/colours`,
      status: 'active',
      content: 'complete',
      hierarchyMeaning: 'is-a',
      concept: [
        { code: 'dark', concept: [{ code: 'brown' }] },
        { code: 'light', concept: [{ code: 'blue' }] }
      ]
    }
  })
  await ask('PUT', '/fhir/ValueSet/colours', { body: colours('dark') })
  const structure = (name: string, type: string, element: object[], more: object = {}) => ({
    resourceType: 'StructureDefinition',
    url: `${BASE}/StructureDefinition/${name}`,
    name,
    status: 'active',
    kind: type === 'Extension' ? 'complex-type' : 'resource',
    abstract: false,
    type,
    baseDefinition: `http://hl7.org/fhir/StructureDefinition/${type}`,
    derivation: 'constraint',
    differential: { element: [{ id: type, path: type }, ...element] },
    ...more
  })
  const uploads = [
    structure(
      'eye',
      'Extension',
      [
        { id: 'Extension.url', path: 'Extension.url', fixedUri: eye.url },
        {
          id: 'Extension.value[x]',
          path: 'Extension.value[x]',
          min: 1,
          type: [{ code: 'code' }],
          binding: { strength: 'required', valueSet: `${BASE}/ValueSet/colours` }
        }
      ],
      { context: [{ type: 'element', expression: 'Patient' }] }
    ),
    structure('ward-patient', 'Patient', [{ id: 'Patient.maritalStatus', path: 'Patient.maritalStatus', min: 1 }])
  ]
  for (const body of uploads) t.equal((await ask('POST', '/fhir/StructureDefinition', { body })).status, 201)

  t.strictSame(errors((await validate(patient(), 'ward-patient')).json), ['Patient.maritalStatus'])
  t.strictSame(errors((await validate(patient({ maritalStatus: { text: 'x' } }), 'ward-patient')).json), [])
  t.strictSame(errors((await validate(patient({ extension: [eye] }))).json), ['Patient.extension[0].value'], 'blue is not dark')
  await ask('PUT', '/fhir/ValueSet/colours', { body: colours('light') })
  t.strictSame(errors((await validate(patient({ extension: [eye] }))).json), [], 'blue is light')
})

t.test('codes of the code systems of R4 are known', async (t) => {
  const { ask } = await build(t)
  const category = (code: string) => [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code }] }]
  const validate = async (more: object) =>
    (await ask('POST', '/fhir/Observation/$validate', { body: observation('p', '2020-01-01', more) })).json
  t.strictSame(errors(await validate({ category: category('laboratory') })), [])
  t.strictSame(errors(await validate({ category: category('labratory') })), ['Observation.category[0].coding[0].code'])
  const unit = await validate({ valueQuantity: { value: 1, system: 'http://unitsofmeasure.org', code: 'tablets' } })
  t.strictSame(errors(unit), [])
  t.match(
    unit.issue.filter(({ severity, code }: { severity: string; code: string }) => severity === 'warning' && code === 'code-invalid'),
    [{ expression: ['Observation.value.code'] }]
  )
})
