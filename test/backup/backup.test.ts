/** One store with an account and media files is backed up while it is written to, and put back. */
import { randomBytes, randomUUID } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { unpack } from '#wardbridge/backup/archive.js'
import { type BackupResult, makeBackup } from '#wardbridge/backup/backup.js'
import type { FileSink, FileSource } from '#wardbridge/backup/files.js'
import { restoreBackup } from '#wardbridge/backup/restore.js'
import type { Service } from '#wardbridge/service/contract.js'
import { openService } from '#wardbridge/service/service.js'
import { openState } from '#wardbridge/state/state.js'
import { ADMIN, patient } from '../helper.js'

const folder = mkdtempSync(join(tmpdir(), 'wardbridge-backup-'))
const at = (...names: string[]) => join(folder, ...names)
const state = await openState(at('state'))
const BASE = 'http://test/fhir'
const secret = await state.getSecret('ids')
const service = await openService({ store: at('store.db') })
for (let n = 0; n < 40; n++) await service.create(ADMIN, 'Patient', JSON.stringify(patient({ id: undefined })))
t.teardown(async () => {
  await service.close()
  state.close()
  rmSync(folder, { recursive: true, force: true })
})

/** Files in memory, as the port files/ gives them. */
const FILES = new Map([randomUUID() as string, randomUUID() as string].map((key, n) => [key, randomBytes(n * 100_000 + 3)] as const))
const files: FileSource = {
  async *list() {
    for (const [key, { length }] of FILES) yield { key, size: length }
  },
  async open(key) {
    const content = FILES.get(key)!
    return (async function* () {
      yield content
    })()
  }
}

function openFiles(into: string): FileSink {
  return {
    async put(key, content) {
      const pieces: Uint8Array[] = []
      for await (const piece of content) pieces.push(piece)
      writeFileSync(join(into, key), Buffer.concat(pieces))
      return Buffer.concat(pieces).length
    }
  }
}

const backup = (name: string, passphrase?: string): Promise<BackupResult> =>
  makeBackup({ service, who: ADMIN, state, files, to: at(name), passphrase })

function place(name: string) {
  return { store: at(name, 'ward.db'), state: at(name, 'state'), files: at(name, 'files') }
}

const restore = (from: string, to: string, passphrase?: string) =>
  restoreBackup({ from, place: place(to), who: ADMIN, passphrase, openFiles })

async function digestOf(one: Service): Promise<string> {
  const { digest, problems } = await one.verify(ADMIN, { rebuild: false })
  t.strictSame(problems, [])
  return digest
}

t.test('a backup under write load holds one point in time: a prefix of what was written, none of it twice or half', async (t) => {
  let writing = true
  let written = 0
  const write = async (writer: number) => {
    for (let n = 0; writing; n++) {
      // Two of a pair are written at once; a pair is there as a whole or not at all.
      const entry = (half: string) => ({
        fullUrl: `urn:uuid:${randomUUID()}`,
        resource: patient({ identifier: [{ system: 'urn:pair', value: `${writer}-${n}-${half}` }] }),
        request: { method: 'POST', url: 'Patient' }
      })
      const text = JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry: [entry('a'), entry('b')] })
      await service.transact(ADMIN, { text, bundle: await service.readBundle(text, BASE) }, { base: BASE })
      written++
    }
  }
  const writers = [write(0), write(1)]
  const made = await backup('loaded.tar')
  const seen = written
  writing = false
  await Promise.all(writers)
  t.ok(seen > 0, 'writes went on meanwhile')

  await restore(made.file, 'loaded')
  const copy = await openService({ store: place('loaded').store })
  t.teardown(() => copy.close())
  t.equal(await digestOf(copy), made.manifest.store.digest)
  const numbers = new Map<string, string[]>()
  for await (const { body } of copy.each(ADMIN, 'Patient')) {
    const [writer, n, half] = (JSON.parse(body.toString()).identifier?.[0].value ?? '').split('-')
    if (half !== undefined) numbers.set(writer, [...(numbers.get(writer) ?? []), `${n}${half}`])
  }
  for (const [writer, found] of numbers) {
    const expected = Array.from({ length: found.length / 2 }, (_, n) => [`${n}a`, `${n}b`]).flat()
    t.strictSame(found.sort(), expected.sort(), `writer ${writer}: ${found.length / 2} pairs, the first ones`)
  }
  const history = await copy.history(ADMIN, { count: 1 })
  t.equal(history.total, made.manifest.store.versions)
})

t.test('store, state and files come back as they were; what is restored can be read by its owner only', async (t) => {
  const made = await backup('plain.tar')
  t.equal(statSync(made.file).mode & 0o777, 0o600)
  t.equal(made.manifest.store.digest, await digestOf(service))
  t.match(made.manifest.files, { count: 2, bytes: 100_006 })
  await restore(made.file, 'plain')
  const to = place('plain')
  const again = await openState(to.state)
  t.ok((await again.getSecret('ids')).equals(secret))
  again.close()
  for (const [key, content] of FILES) t.ok(readFileSync(join(to.files, key)).equals(content))
  t.equal(statSync(to.store).mode & 0o777, 0o600)
  t.strictSame(readdirSync(at('plain')).sort(), ['files', 'state', 'ward.db'], 'nothing is left of the work')
  t.strictSame(
    readdirSync(folder).filter((name) => name.startsWith('.')),
    []
  )
})

t.test('an archive is a tar file with a manifest that names every part', async (t) => {
  const made = await backup('parts.tar')
  const names: string[] = []
  for await (const { name, content } of unpack(
    (async function* () {
      yield readFileSync(made.file)
    })(),
    'x'
  )) {
    names.push(name)
    for await (const _ of content);
  }
  const keys = [...FILES.keys()].sort().map((key) => `files/${key}`)
  t.strictSame(names, ['store.db', 'service.db', ...keys, 'manifest.json', 'manifest.json.sha256'])
  t.strictSame(
    made.manifest.parts.map(({ name }) => name),
    names.slice(0, -2)
  )
})

t.test('a place where anything is already is refused, and stays as it is', async (t) => {
  const { file } = await backup('again.tar')
  await restore(file, 'taken')
  const to = place('taken')
  const before = readFileSync(to.store)
  await t.rejects(restore(file, 'taken'), { code: 'backup.not-empty', message: /ward\.db is there already/ })
  rmSync(to.store)
  await t.rejects(restore(file, 'taken'), { code: 'backup.not-empty', message: /service\.db/ })
  rmSync(to.state, { recursive: true })
  await t.rejects(restore(file, 'taken'), { code: 'backup.not-empty', message: /files/ })
  rmSync(to.files, { recursive: true })
  await restore(file, 'taken')
  t.ok(readFileSync(to.store).equals(before))
  await t.rejects(backup('again.tar'), { code: 'backup.exists' })
})

/** Refuses the file with one byte changed at each of the places, and cut to each of the lengths. */
async function refusedWhenDamaged(t: Test, file: string, places: readonly number[], lengths: readonly number[], passphrase?: string) {
  const whole = readFileSync(file)
  const bad = `${file}.bad`
  const refused = async (bytes: Buffer, name: string) => {
    writeFileSync(bad, bytes)
    await t.rejects(restore(bad, 'bad', passphrase), { code: /^backup\.(damaged|passphrase)$/ }, name)
    t.notOk(existsSync(at('bad')), 'nothing is left')
  }
  for (const place of places) {
    const bytes = Buffer.from(whole)
    bytes[place] = bytes[place]! ^ 1
    await refused(bytes, `byte ${place} of ${whole.length}`)
  }
  for (const length of lengths) await refused(whole.subarray(0, length), `cut to ${length}`)
  await refused(Buffer.concat([whole, Buffer.alloc(1)]), 'one byte too many')
}

t.test(
  'one changed byte in any part, and any part that is cut off, is refused with what is wrong, and leaves nothing behind',
  async (t) => {
    const { file, bytes, manifest } = await backup('whole.tar')
    // Where the header of each entry is, and what comes after the parts: manifest, its sum and the end, each with its header.
    const heads: number[] = []
    let next = 0
    for (const part of manifest.parts) {
      heads.push(next)
      next += 512 + Math.ceil(part.bytes / 512) * 512
    }
    const ofHeader = [0, 100, 124, 136, 148, 156, 257, 300, 345, 511]
    const ofPart = manifest.parts.flatMap((part, n) => [heads[n]! + 3, heads[n]! + 512, heads[n]! + 511 + part.bytes])
    const padding = heads.at(-1)! + 512 + manifest.parts.at(-1)!.bytes
    const tail = [next, next + 512 + 40, bytes - 2048, bytes - 1536, bytes - 1536 + 70, bytes - 1030, bytes - 1024, bytes - 1]
    await refusedWhenDamaged(
      t,
      file,
      [...ofHeader, ...ofPart, padding, ...tail],
      [0, 1, 511, 512, heads[1]! + 100, heads[2]!, next, next + 512 + 40, bytes - 2048, bytes - 1024, bytes - 512, bytes - 1]
    )
  }
)

t.test('the same of an encrypted one', async (t) => {
  const passphrase = 'a passphrase'
  const { file, bytes } = await backup('whole.sealed', passphrase)
  // Header: format, cost, salt; then chunks of 65,536 bytes and a tag.
  const chunk = 65_552
  const places = [3, 16, 17, 30, 60, 52 + chunk - 1, 52 + 3 * chunk + 9, bytes - 20, bytes - 1]
  await refusedWhenDamaged(t, file, places, [0, 40, 52, 52 + chunk, 52 + 2 * chunk + 8, bytes - 1], passphrase)
})

t.test('an encrypted backup shows nothing, and opens with its passphrase only', async (t) => {
  const { file } = await backup('secret.sealed', 'correct horse')
  t.notOk(readFileSync(file).includes('Ardent'), 'no names')
  t.notOk(readFileSync(file).includes('store.db'), 'no parts')
  await t.rejects(restore(file, 'secret'), { code: 'backup.passphrase' })
  await t.rejects(restore(file, 'secret', 'correct house'), { code: 'backup.passphrase' })
  await restore(file, 'secret', 'correct horse')
  const copy = await openService({ store: place('secret').store })
  t.equal(await digestOf(copy), await digestOf(service))
  await copy.close()
})

t.test('one that is given up leaves nothing', async (t) => {
  const stop = new AbortController()
  const before = readdirSync(folder).sort()
  await t.rejects(
    makeBackup({ service, who: ADMIN, state, files, to: at('stopped.tar'), signal: stop.signal, progress: () => stop.abort() }),
    { name: 'AbortError' }
  )
  t.strictSame(readdirSync(folder).sort(), before)
  const { file } = await backup('stopped.tar')
  const halt = new AbortController()
  await t.rejects(
    restoreBackup({ from: file, place: place('stopped'), who: ADMIN, openFiles, signal: halt.signal, progress: () => halt.abort() }),
    { name: 'AbortError' }
  )
  t.notOk(existsSync(at('stopped')))
})
