/** The Healthcare store behind a network that loses, delays and cuts what passes: nothing is lost, nothing is done twice. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { openFolderObjects } from '#wardbridge/files/folder-objects.js'
import { openStore } from '#wardbridge/store/open.js'
import type { Repository, Write } from '#wardbridge/store/repository.js'
import { put } from '../../contract/repository.js'
import { countUp } from '../../contract/repository-commit.js'
import { FAULTS, type Fault, startFaults } from '../../support/faults.js'
import { startTwin } from '../../support/twin.js'

const folder = mkdtempSync(join(tmpdir(), 'wardbridge-'))
t.teardown(() => rmSync(folder, { recursive: true }))
const twin = await startTwin(t, { validation: 'off' })
const faults = await startFaults(t, twin.url, { rate: 0 })
const objects = openFolderObjects(folder)
const behind = await openStore(twin.store, { google: twin.through(faults.url), objects })
const direct = await openStore(twin.store, { google: twin.google, objects })
t.teardown(() => Promise.all([behind.close(), direct.close()]))

async function versions(store: Repository, type: string, id: string): Promise<number> {
  return (await store.history({ type, id, count: 1000 }))?.versions.length ?? 0
}

for (const rate of [0.01, 0.2]) {
  t.test(`faults at ${rate * 100} % of calls: every write is done once, transactions as a whole`, async (t) => {
    const name = `r${rate * 100}`
    faults.set({ rate, kinds: FAULTS, slow: 300, seed: rate * 1000 })
    const one = async (n: number) => {
      const id = `${name}-${n}`
      const { versionId } = (await behind.commit([put('Patient', id, { language: 'x-1' })]))[0]!
      await behind.commit([put('Patient', id, { language: 'x-2' }, { precondition: { kind: 'version', versionId } })])
      const both: Write[] = [put('Patient', id, { language: 'x-3' }), put('Observation', id, { subject: { reference: `Patient/${id}` } })]
      await behind.commit(both)
      if (n % 4 === 0) await behind.commit([{ method: 'delete', type: 'Observation', id }])
    }
    await Promise.all(Array.from({ length: 24 }, (_, n) => one(n)))
    faults.set({ rate: 0 })
    for (let n = 0; n < 24; n++) {
      const id = `${name}-${n}`
      t.match(JSON.parse((await direct.read('Patient', id))!.body), { language: 'x-3' })
      t.equal(await versions(direct, 'Patient', id), 3)
      t.equal((await direct.read('Observation', id))!.deleted, n % 4 === 0)
      t.equal(await versions(direct, 'Observation', id), n % 4 === 0 ? 2 : 1)
    }
    if (rate > 0.1) for (const fault of FAULTS) t.ok(faults.done[fault] > 0, fault)
  })
}

t.test('answers that are lost do not hide who was first: no addition is lost or done twice', async (t) => {
  await direct.commit([put('Patient', 'count')])
  faults.set({ rate: 0.15, kinds: ['lost', 'reset', 'truncated'] })
  await Promise.all(Array.from({ length: 4 }, () => countUp(behind, 'count', 4)))
  faults.set({ rate: 0 })
  t.match(JSON.parse((await direct.read('Patient', 'count'))!.body), { multipleBirthInteger: 16 })
  t.equal(await versions(direct, 'Patient', 'count'), 17)
})

t.test('claims: one of many gets it, and the others hear who', async (t) => {
  faults.set({ rate: 0.1, kinds: FAULTS })
  const settled = await Promise.allSettled(
    Array.from({ length: 12 }, (_, n) => behind.commit([put('Communication', `claim-${n}`, {}, { claims: ['answer:faulty'] })]))
  )
  faults.set({ rate: 0 })
  const won = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value[0]!.id] : []))
  t.equal(won.length, 1)
  for (const one of settled)
    if (one.status === 'rejected') t.match(one.reason, { code: 'claim.taken', params: { holder: `Communication/${won[0]}` } })
})

t.test('when the time is spent, the error says what is known', async (t) => {
  const impatient = await openStore(twin.store, { google: twin.through(faults.url, 1500), objects })
  t.teardown(() => impatient.close())
  const always = (kind: Fault) => faults.set({ rate: 1, kinds: [kind], slow: 3000, spare: ({ method }) => method === 'GET' })
  await direct.commit([put('Patient', 'spent', { language: 'x-1' })])
  const attempt = () => impatient.commit([put('Patient', 'spent', { language: 'x-2' })])
  always('429')
  await t.rejects(attempt(), { code: 'healthcare.throttled' }, 'too many')
  always('503')
  await t.rejects(attempt(), { code: 'healthcare.unanswered', params: { what: 'Patient/spent' } })
  always('reset')
  await t.rejects(attempt(), { code: 'healthcare.unanswered' })
  t.match(JSON.parse((await direct.read('Patient', 'spent'))!.body), { language: 'x-1' }, 'nothing was written')
  faults.set({ rate: 1, kinds: ['503'], spare: () => false })
  await t.rejects(impatient.read('Patient', 'spent'), { code: 'healthcare.unavailable' })
  faults.set({ rate: 1, kinds: ['429'] })
  await t.rejects(impatient.read('Patient', 'spent'), { code: 'healthcare.throttled' })
  always('lost')
  t.match(await attempt(), [{ outcome: 'updated' }], 'what was done is found')
  faults.set({ rate: 0 })
  t.equal(await versions(direct, 'Patient', 'spent'), 2)
})
