/** What a search on the Cloud Healthcare API asks for, and that nobody sees by it what is not theirs. */
import t from 'tap'
import type { Limits } from '#wardbridge/fhir/search-limits.js'
import { parseSearch, type SearchQuery } from '#wardbridge/fhir/search-query.js'
import { planOf } from '#wardbridge/store/healthcare/search-plan.js'
import type { Repository } from '#wardbridge/store/repository.js'
import { importingStores } from '../../contract/open-healthcare.js'
import { put } from '../../contract/repository.js'

const query = (type: string, parameters: string, more: Partial<SearchQuery> = {}): SearchQuery => ({
  ...parseSearch(type, [...new URLSearchParams(parameters.replaceAll('+', '%2B'))], { handling: 'strict' }),
  ...more
})
/** `Type?name=value&…` of each search of the API. */
const asked = (one: SearchQuery) =>
  planOf(one, () => false).streams.map(({ path, params }) => `${path}?${params.map((pair) => pair.join('=')).join('&')}`)

t.test('parameters come out as they went in', async (t) => {
  const cases: Readonly<Record<string, readonly [type: string, params: string]>> = {
    'gender=male,female': ['Patient', 'gender=male,female'],
    'gender:not=male,female': ['Patient', 'gender:not=male&gender:not=female'],
    'identifier=urn:x|1': ['Patient', 'identifier=urn:x|1'],
    'birthdate=ge1970': ['Patient', 'birthdate=ge1970'],
    'birthdate=1970-02-03': ['Patient', 'birthdate=1970-02-03'],
    'birthdate=sa1970': ['Patient', 'birthdate=ge1970-12-31T23:59:59.999Z'],
    'value-quantity=5.40||mg': ['Observation', 'value-quantity=5.40||mg'],
    'subject:Patient=p': ['Observation', 'subject=Patient/p'],
    'subject:Patient.name:exact=A%5C,B': ['Observation', 'subject:Patient.name:exact=A\\,B'],
    '_has:Observation:patient:code=1': ['Patient', '_has:Observation:patient:code=1'],
    'component-code-value-quantity=8480-6$gt120': ['Observation', 'component-code-value-quantity=8480-6$gt120'],
    'url:below=http://a': ['ValueSet', 'url:below=http://a']
  }
  for (const [sent, [type, params]] of Object.entries(cases)) t.strictSame(asked(query(type, sent)), [`${type}?${params}`], sent)
  const limits: Limits = { Observation: { kind: 'compartment', patients: ['p'], alone: true } }
  t.strictSame(asked(query('Observation', 'code=1', { limits })), [
    'Observation?code=1&subject=Patient/p',
    'Observation?code=1&performer=Patient/p'
  ])
  t.strictSame(asked(query('Patient', 'gender=male', { limits })), [], 'what may not be seen is not asked for')
})

t.test('limits hold in matches, totals, chains, _has and includes', async (t) => {
  const store: Repository = await (await importingStores(t))(t)
  const to = (reference: string) => ({ reference })
  await store.commit([
    put('Patient', 'mine', { name: [{ family: 'Mine' }], generalPractitioner: [to('Practitioner/d')] }),
    put('Patient', 'other', { name: [{ family: 'Other' }], link: [{ other: to('Patient/mine'), type: 'seealso' }] }),
    put('Practitioner', 'd', {}),
    put('Observation', 'a', { status: 'final', code: { text: 'x' }, subject: to('Patient/mine') }),
    put('Observation', 'b', { status: 'final', code: { text: 'x' }, subject: to('Patient/other') }),
    put('Observation', 'c', { status: 'final', code: { text: 'x' }, subject: to('Patient/other'), performer: [to('Patient/mine')] })
  ])
  const own = { kind: 'compartment', patients: ['mine'], alone: true } as const
  const limits: Limits = { Patient: own, Observation: own, Practitioner: true }
  const found = async (type: string, parameters: string) => {
    const { resources, included, total } = await store.search(query(type, parameters, { limits }))
    return [resources.map(({ id }) => id).sort(), included.map(({ type, id }) => `${type}/${id}`).sort(), total]
  }
  t.strictSame(await found('Observation', '_total=accurate'), [['a'], [], 1])
  t.strictSame(await found('Observation', 'status=final&_count=0'), [[], [], 1])
  t.strictSame(await found('Patient', ''), [['mine'], [], 1])
  t.strictSame(await found('Observation', 'subject:Patient.name=other'), [[], [], 0])
  t.strictSame(await found('Observation', 'patient.name=mine'), [['a'], [], 1])
  t.strictSame(await found('Patient', '_has:Observation:performer:status=final'), [[], [], 0])
  t.strictSame(await found('Observation', '_filter=status eq final'), [['a'], [], 1])
  t.strictSame(await found('Practitioner', '_id=d&_revinclude=Patient:general-practitioner&_revinclude:iterate=Patient:link'), [
    ['d'],
    ['Patient/mine'],
    1
  ])
  t.strictSame((await store.search(query('Practitioner', '_id=d', { limits: {} }))).resources, [])
})
