import { setTimeout as wait } from 'node:timers/promises'
import t from 'tap'
import { loadSettings } from '#wardbridge/config.js'
import { retentionJob } from '#wardbridge/jobs/retention.js'
import { openService } from '#wardbridge/service/service.js'
import { ADMIN } from '../helper.js'

const CONTEXT = { signal: new AbortController().signal, progress: () => {} }

t.test('versions that are not current go by the policy, oldest first; the store stays clean', async (t) => {
  const service = await openService({ store: `${t.testdir()}/store.db` })
  t.teardown(() => service.close())
  const write = (type: string, id: string, n: number, more = '') =>
    service.update(ADMIN, type, id, `{"resourceType":"${type}","id":"${id}","language":"l${n}"${more}}`)
  for (let n = 1; n <= 5; n++) {
    await write('Patient', 'p', n)
    await write('Basic', 'b', n, ',"code":{"text":"x"}')
    await write('Communication', 'c', n, ',"status":"completed"')
    await write('Patient', 'gone', n)
  }
  await service.delete(ADMIN, 'Patient', 'gone')
  await wait(5)
  const { digest } = await service.verify(ADMIN, { rebuild: false })
  const versions = async (type: string, id: string) =>
    (await service.history(ADMIN, { type, id, count: 20 })).versions.map(({ versionId }) => versionId)
  // Days cannot be waited for: what was replaced before this moment counts as old.
  const prune = (type: string, keep: number) => service.prune(ADMIN, { type, before: Date.now(), keep })
  t.match(await prune('Patient', 2), { removed: 3 + 4, next: undefined })
  t.strictSame(await versions('Patient', 'p'), ['5', '4'])
  t.strictSame(await versions('Patient', 'gone'), ['6', '5'], 'a deletion keeps the version before it, which says whose it was')
  t.match(await prune('Patient', 1), { removed: 1 })
  t.match(await prune('Patient', 1), { removed: 0 })
  t.match(await service.prune(ADMIN, { type: 'Basic', before: Date.now() - 60_000, keep: 1 }), { removed: 0 }, 'what is young stays')
  t.strictSame(await versions('Basic', 'b'), ['5', '4', '3', '2', '1'])
  for (const type of ['Communication', 'Task', 'AuditEvent']) await t.rejects(prune(type, 1), { code: 'not-supported' }, type)
  t.equal((await versions('Communication', 'c')).length, 5)
  await t.rejects(service.prune({ subject: 'x', role: 'analyst' }, { type: 'Basic', before: 0, keep: 1 }), { code: 'auth.forbidden' })

  await t.rejects(service.vread(ADMIN, 'Patient', 'p', '4'), { code: 'resource.version-not-found' })
  t.equal((await write('Patient', 'p', 6)).versionId, '6', 'numbers go on')
  await write('Patient', 'p', 5)
  t.strictSame(await versions('Patient', 'p'), ['7', '6', '5'])
  const report = await service.verify(ADMIN, { rebuild: false })
  t.strictSame(report.problems, [])
  t.equal(report.digest, digest, 'the content of the resources is as it was')
  t.equal((await service.history(ADMIN, { type: 'Patient', count: 50 })).total, 5)
})

t.test('without days there is no such job; a policy that cannot be read is an error of the settings', async (t) => {
  const service = await openService({ store: `${t.testdir()}/store.db` })
  t.teardown(() => service.close())
  const job = (options: object) => retentionJob(loadSettings(options, {}), service)
  t.equal(job({}), undefined)
  t.equal(job({ historyVersions: '5' }), undefined)
  t.match(await job({ historyDays: '365,Observation=90', historyVersions: '2,Patient=9' })!.run(CONTEXT), { counters: { removed: 0 } })
  for (const historyDays of ['x', '0', 'Starship=1', 'Patient', '-1', 'Communication=5', '1.5'])
    t.throws(() => job({ historyDays }), { code: 'config', message: /WARDBRIDGE_HISTORY_DAYS/ }, historyDays)
})
