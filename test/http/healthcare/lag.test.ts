import t from 'tap'
import { build, patient } from '../../helper.js'

const LAG = 60_000

t.test('--twin-lag: a write shows in searches when the time has passed', async (t) => {
  const { ask, settings } = await build(t, { twinLag: LAG })
  const fhir = `/v1/${settings.twinStore}/fhir`
  const find = async (query: string) =>
    ((await ask('GET', `${fhir}/Patient?${query}`)).json.entry ?? []) as Array<{ resource: { id: string } }>
  const { now } = Date
  t.teardown(() => {
    Date.now = now
  })
  /** It is as late as it must be for the index to hold what was written up to then, and nothing that was written later. */
  const indexedUpTo = (lastUpdated: string) => {
    Date.now = () => Date.parse(lastUpdated) + LAG
  }
  const body = patient({ identifier: [{ system: 'sys', value: '1' }], name: [{ family: 'Before' }] })
  const { id, meta } = (await ask('POST', `${fhir}/Patient`, { body })).json

  t.equal((await find('family=before')).length, 0, 'not found by name at once')
  t.equal((await find(`_id=${id}`)).length, 0)
  t.equal((await find('identifier=sys|1&_count=5')).length, 1, 'by identifier alone it is')
  t.equal((await find('identifier=sys|1&_sort=-_lastUpdated')).length, 0, 'but not with a sort')
  t.equal((await ask('GET', `${fhir}/Patient/${id}`)).status, 200, 'and it can be read')
  t.equal((await ask('GET', '/fhir/Patient?family=before')).json.total, 1, '/fhir has no lag')
  const again = await ask('POST', `${fhir}/Patient`, { body, headers: { 'if-none-exist': 'identifier=sys|1' } })
  t.equal(again.status, 200, 'conditional methods see it')

  indexedUpTo(meta.lastUpdated)
  t.equal((await find('family=before')).length, 1)
  const changed = (await ask('PUT', `${fhir}/Patient/${id}`, { body: { ...body, id, name: [{ family: 'After' }] } })).json
  t.equal((await find('family=after')).length, 0, 'a change shows later')
  t.match(
    await find('family=before'),
    [{ resource: { id, name: [{ family: 'After' }] } }],
    'until then it is found by what it said, as it is'
  )
  indexedUpTo(changed.meta.lastUpdated)
  t.equal((await find('family=after')).length, 1)
  t.equal((await find('family=before')).length, 0)
})
