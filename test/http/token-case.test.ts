/** Upper and lower case of tokens (R4 search.html#token): searches are lenient in doubt, what decides identity is not. */
import t from 'tap'
import { build } from '../helper.js'

const UCUM = 'http://unitsofmeasure.org'

t.test('tokens match in any case, unless their code system says that case counts', async (t) => {
  const { ask } = await build(t)
  const put = (type: string, id: string, resource: object) =>
    ask('PUT', `/fhir/${type}/${id}`, { body: { resourceType: type, id, ...resource } })
  const found = async (url: string) => {
    const { status, json } = await ask('GET', `/fhir/${url}`)
    t.equal(status, 200, url)
    return ((json.entry ?? []) as Array<{ resource: { id: string } }>).map(({ resource }) => resource.id).sort()
  }
  const coded = (system: string | undefined, code: string) => ({ status: 'final', code: { coding: [{ system, code }] } })
  await put('Patient', 'a', { gender: 'male', active: true, identifier: [{ system: 'urn:mrn', value: 'Ab-1' }] })
  await put('Patient', 'b', { gender: 'female', identifier: [{ system: 'urn:mrn', value: 'ab-1' }] })
  await put('Patient', 'B', { identifier: [{ system: 'urn:other', value: 'AB-1' }] })
  await put('Observation', 'o1', { ...coded('urn:codes', 'Hb'), subject: { reference: 'Patient/a' } })
  await put('Observation', 'o2', { ...coded('urn:codes', 'HB'), subject: { reference: 'Patient/b' } })
  await put('Observation', 'o3', coded(UCUM, 'mg'))
  await put('Observation', 'o4', coded(UCUM, 'Mg'))

  t.strictSame(await found('Patient?identifier=aB-1'), ['B', 'a', 'b'], 'no system: "in doubt"')
  t.strictSame(await found('Patient?identifier=urn:mrn|AB-1'), ['a', 'b'], 'a system nobody knows')
  t.strictSame(await found('Patient?identifier:not=urn:mrn|AB-1'), ['B'])
  t.strictSame(await found('Patient?gender=MALE'), ['a'])
  t.strictSame(await found('Observation?code=urn:codes|hb'), ['o1', 'o2'])
  t.strictSame(await found('Observation?code=hb&subject=Patient/a'), ['o1'])
  t.strictSame(await found('Observation?patient.identifier=urn:mrn|AB-1&code=HB'), ['o1', 'o2'], 'through chains')
  t.strictSame(await found('Patient?_has:Observation:patient:code=hb'), ['a', 'b'])
  t.strictSame(await found(`Observation?code=${UCUM}|mg`), ['o3'], 'UCUM: mg is not Mg')
  t.strictSame(await found('Patient?gender=http://hl7.org/fhir/administrative-gender|MALE'), [], 'R4 says of it that case counts')
  t.strictSame(await found('Patient?_id=b'), ['b'], 'ids are exact')
  t.strictSame(await found('Patient?_id=B'), ['B'])

  await put('CodeSystem', 'c', {
    url: 'urn:codes',
    status: 'active',
    content: 'complete',
    caseSensitive: true,
    concept: [{ code: 'Hb' }, { code: 'HB' }]
  })
  t.strictSame(await found('Observation?code=urn:codes|HB'), ['o2'], 'now a CodeSystem says it')
  t.strictSame(await found('Observation?code=urn:codes|hb'), [])

  const headers = (value: string) => ({ 'if-none-exist': `identifier=urn:mrn|${value}` })
  const patient = (value: string) => ({ resourceType: 'Patient', identifier: [{ system: 'urn:mrn', value }] })
  t.equal((await ask('POST', '/fhir/Patient', { headers: headers('ab-1'), body: patient('ab-1') })).status, 200, 'one has exactly this')
  t.equal((await ask('POST', '/fhir/Patient', { headers: headers('AB-1'), body: patient('AB-1') })).status, 201, 'another person')
  t.equal((await ask('DELETE', '/fhir/Patient?identifier=urn:mrn|aB-1')).status, 204)
  t.strictSame((await found('Patient?identifier=urn:mrn|ab-1')).length, 3, 'nobody was deleted')

  await put('Patient', 'a', { identifier: [{ system: 'urn:mrn', value: 'other' }] })
  t.strictSame((await found('Patient?identifier=urn:mrn|ab-1')).includes('a'), false, 'a spelling that nothing has any more')
})
