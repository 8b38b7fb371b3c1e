import t, { type Test } from 'tap'
import type { Principal, Service } from '#wardbridge/service/contract.js'
import { openService } from '#wardbridge/service/service.js'

const admin: Principal = { subject: 'a', role: 'administrator' }
const criteria = (value: string) => ({ type: 'Patient', parameters: [['identifier', `urn:mrn|${value}`]] as const })
const patient = (more: object = {}) => JSON.stringify({ resourceType: 'Patient', identifier: [{ system: 'urn:mrn', value: '1' }], ...more })

/** Two services over one file: each has a writer of its own, as two processes would. */
async function openTwo(t: Test): Promise<readonly [Service, Service]> {
  const store = `${t.testdir()}/store.db`
  const services = [await openService({ store }), await openService({ store })] as const
  t.teardown(() => Promise.all(services.map((service) => service.close())))
  return services
}

t.test('100 conditional creates of one identifier at once, through two writers: one resource, which all of them get', async (t) => {
  const services = await openTwo(t)
  const results = await Promise.all(
    Array.from({ length: 100 }, (_, n) => services[n % 2]!.create(admin, 'Patient', patient(), { ifNoneExist: criteria('1') }))
  )
  t.equal(results.filter(({ outcome }) => outcome === 'created').length, 1)
  t.equal(results.filter(({ outcome }) => outcome === 'unchanged').length, 99)
  t.equal(new Set(results.map(({ id }) => id)).size, 1)
  t.strictSame(await services[0].counts(admin), { Patient: 1 })
})

t.test('conditional updates at once, through two writers: one resource, and every update is a version', async (t) => {
  const services = await openTwo(t)
  const results = await Promise.all(
    Array.from({ length: 12 }, (_, n) => services[n % 2]!.updateMatch(admin, criteria('1'), patient({ language: `x-${n}` })))
  )
  t.equal(new Set(results.map(({ id }) => id)).size, 1)
  t.strictSame(
    results.map(({ versionId }) => Number(versionId)).sort((a, b) => a - b),
    Array.from({ length: 12 }, (_, n) => n + 1)
  )
})

t.test('a conditional update and a conditional delete decide on what is there when they are written', async (t) => {
  const [one, other] = await openTwo(t)
  const { id } = await one.create(admin, 'Patient', patient())
  for (let round = 0; round < 10; round++) {
    const [updated, deleted] = await Promise.all([
      one.updateMatch(admin, criteria('1'), patient({ language: `x-${round}` })),
      other.deleteMatches(admin, criteria('1'))
    ])
    const { Patient: left } = await one.counts(admin)
    // Either the delete came last, or the update did, of the same resource or as a new one.
    t.equal(deleted.length, 1, 'there was one to delete')
    t.equal(left ?? 0, updated.outcome === 'created' ? 1 : 0, `round ${round}: ${updated.outcome}`)
    if ((left ?? 0) === 0) await one.create(admin, 'Patient', patient())
  }
  t.ok(id)
})

t.test('patches without a version, through two writers: none is lost', async (t) => {
  const services = await openTwo(t)
  await services[0].update(admin, 'Patient', 'p', patient({ id: 'p', telecom: [{ value: '-' }] }))
  const patch = (value: string) => ({
    format: 'json-patch' as const,
    text: JSON.stringify([{ op: 'add', path: '/telecom/-', value: { value } }])
  })
  const wanted = Array.from({ length: 6 }, (_, n) => String(n))
  await Promise.all(
    wanted.map((value, n) =>
      n % 3 === 0
        ? services[n % 2]!.patchMatch(admin, criteria('1'), patch(value))
        : services[n % 2]!.patch(admin, 'Patient', 'p', patch(value))
    )
  )
  const { telecom } = JSON.parse((await services[1].read(admin, 'Patient', 'p')).body.toString())
  t.strictSame(telecom.map(({ value }: { value: string }) => value).sort(), ['-', ...wanted])
})
