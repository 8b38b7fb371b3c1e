/** Writes singly and in bulk until it is killed; says on stdout what was acknowledged: "Type/id version". argv: store file, round. */
import { writeSync } from 'node:fs'
import type { StageModule } from '#wardbridge/store/repository.js'
import { openSqliteStore } from '#wardbridge/store/sqlite/store.js'

const [, , file, round] = process.argv as [string, string, string, string]
const store = await openSqliteStore(file, { readers: 1 })
writeSync(1, 'ready\n')

const resource = (id: string, n: number) =>
  JSON.stringify({
    resourceType: 'Patient',
    id,
    gender: n % 2 ? 'male' : 'female',
    identifier: [{ system: `urn:${n % 5}`, value: `${id} ${n}` }]
  })

/** Creates and updates, several in flight, each commit with two resources. */
async function write(writer: number): Promise<never> {
  for (let n = 0; ; n++) {
    const ids = [`w${round}-${writer}-${n}`, `shared-${writer}`]
    const results = await store.commit(
      ids.map((id) => ({ method: 'put', type: 'Patient', id, text: resource(id, n), ...(n % 7 ? {} : { claims: [`${id} ${n}`] }) }))
    )
    writeSync(1, results.map(({ id, versionId }) => `Patient/${id} ${versionId}\n`).join(''))
  }
}

async function bulk(): Promise<never> {
  const session = await store.bulk({ refuseRepeats: false })
  const { openStage } = (await import(session.stage.module)) as StageModule
  for (let n = 0; ; n++) {
    const stage = openStage(session.stage.options)
    const ids = Array.from({ length: 300 }, (_, m) => `b${round}-${n}-${m}`)
    ids.push('shared-bulk')
    for (const [m, id] of ids.entries()) {
      const text = resource(id, n + m)
      stage.add('Patient', id, text, JSON.parse(text), m)
    }
    await session.merge(stage.finish()!)
    writeSync(1, ids.map((id) => `Patient/${id} 1\n`).join(''))
  }
}

await Promise.all([write(0), write(1), write(2), bulk()])
