/** Claims that a process leaves behind when it dies in the middle of a commit. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openFolderObjects } from '#wardbridge/files/folder-objects.js'
import type { Objects } from '#wardbridge/files/objects.js'
import { openStore } from '#wardbridge/store/open.js'
import { put } from '../../contract/repository.js'
import { startTwin } from '../../support/twin.js'

const twin = await startTwin(t, { validation: 'off' })
const MINUTES = 60_000

/** Two services over one FHIR store; the first one is cut off from its objects when `dies` says so, as if it had died there. */
async function services(t: Test, dies: (done: { puts: number }) => boolean) {
  const folder = mkdtempSync(join(tmpdir(), 'wardbridge-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const objects = openFolderObjects(folder)
  const done = { puts: 0 }
  const alive = () => {
    if (dies(done)) throw new Error('died')
  }
  const mortal: Objects = {
    get: (name) => objects.get(name),
    list: (prefix, after) => objects.list(prefix, after),
    async put(name, bytes, condition) {
      alive()
      done.puts++
      return objects.put(name, bytes, condition)
    },
    async delete(name, condition) {
      alive()
      return objects.delete(name, condition)
    }
  }
  const name = await twin.create({ validationConfig: { disableProfileValidation: true, disableRequiredFieldValidation: true } })
  const [first, second] = await Promise.all([
    openStore(name, { google: twin.google, objects: mortal }),
    openStore(name, { google: twin.google, objects })
  ])
  t.teardown(() => Promise.all([first.close(), second.close()]))
  return { first, second }
}

const claiming = (id: string, more: object = {}) => put('Communication', id, more, { claims: ['answer:1'] })

t.test('what was written before the process died holds its claim', async (t) => {
  // The records of the holder and of the key are written; then the resource; then nothing more.
  const { first, second } = await services(t, ({ puts }) => puts >= 2)
  t.match(await first.commit([claiming('a')]), [{ outcome: 'created' }], 'that the records are not tidied up does not undo it')
  await t.rejects(second.commit([claiming('b')]), { code: 'claim.taken', params: { holder: 'Communication/a' } })
  t.match(await second.commit([claiming('a', { language: 'x-2' })]), [{ outcome: 'updated' }], 'its holder goes on elsewhere')
  await second.commit([put('Communication', 'a', { language: 'x-3' }, { claims: [] })])
  t.match(await second.commit([claiming('b')]), [{ outcome: 'created' }], 'and can give it back')
})

t.test('what was not written holds nothing, once its lease has ended', async (t) => {
  const { first, second } = await services(t, ({ puts }) => puts >= 1)
  await t.rejects(first.commit([claiming('a')]), { message: 'died' }, 'the record of the holder is there, that of the key is not')
  t.equal(await second.read('Communication', 'a'), undefined)
  t.match(await second.commit([claiming('b')]), [{ outcome: 'created' }], 'the key was not taken')
  const { now } = Date
  t.intercept(Date, 'now', { value: () => now() + 5 * MINUTES })
  await t.rejects(second.commit([claiming('a')]), { code: 'claim.taken', params: { holder: 'Communication/b' } })
  t.match(await second.commit([put('Communication', 'a', {}, { claims: ['answer:2'] })]), [{ outcome: 'created' }])
})

t.test('a resource that must not be there is created once by many', async (t) => {
  const { first, second } = await services(t, () => false)
  const settled = await Promise.allSettled(
    Array.from({ length: 20 }, (_, n) =>
      (n % 2 ? first : second).commit([put('Communication', 'once', { language: `x-${n}` }, { precondition: { kind: 'absent' } })])
    )
  )
  t.equal(settled.filter(({ status }) => status === 'fulfilled').length, 1)
  for (const one of settled) if (one.status === 'rejected') t.match(one.reason, { code: 'resource.exists' })
  t.equal((await first.history({ type: 'Communication', id: 'once', count: 10 }))!.versions.length, 1)
})

t.test('what is larger than the API takes is refused before it is sent', async (t) => {
  const { first } = await services(t, () => false)
  const div = 'x'.repeat(10_000_000)
  await t.rejects(first.commit([put('Patient', 'large', { text: { status: 'generated', div } })]), { code: 'healthcare.too-large' })
  const many = Array.from({ length: 6 }, (_, n) => put('Patient', `p${n}`, { text: { status: 'generated', div: div.slice(0, 9_000_000) } }))
  await t.rejects(first.commit(many), { code: 'healthcare.too-large', params: { limit: 50_000_000 } })
  t.equal(await first.read('Patient', 'p0'), undefined)
})
