import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { installedPacks, readPack } from '#wardbridge/files/packs.js'

const dir = mkdtempSync(join(tmpdir(), 'wardbridge-test-'))
t.teardown(() => rmSync(dir, { recursive: true, force: true }))

function pack(name: string, files: Record<string, string>): string {
  mkdirSync(join(dir, name, 'maps'), { recursive: true })
  for (const [path, text] of Object.entries(files)) writeFileSync(join(dir, name, path), text)
  return join(dir, name)
}

t.test('an installed pack is found by name, with the packs it extends', async (t) => {
  t.ok((await installedPacks()).includes('mimic-iii'))
  const hospital = await readPack('hospital')
  t.equal(hospital.pack, 'hospital')
  t.same([...hospital.packs.keys()], ['hospital', 'mimic-iii'])
  t.ok(hospital.packs.get('mimic-iii')?.has('patients.yaml'))
  t.ok([...(hospital.packs.get('mimic-iii')?.keys() ?? [])].some((path) => path.startsWith('maps/')))
})

t.test(
  'a pack is found by the path of its folder; what it extends is looked for beside it first, then among the installed ones',
  async (t) => {
    const child = pack('child', {
      'manifest.yaml': 'pack: child\nextends: parent\n',
      'a.yaml': 'table: a\n',
      'maps/m.json': '{}',
      'notes.txt': 'x'
    })
    pack('parent', { 'manifest.yaml': 'pack: parent\nextends: mimic-iii\n' })
    const read = await readPack(child)
    t.same([...read.packs.keys()], ['child', 'parent', 'mimic-iii'])
    t.same([...(read.packs.get('child')?.keys() ?? [])].sort(), ['a.yaml', 'manifest.yaml', 'maps/m.json'])
  }
)

t.test('packs that extend each other are read once each, for the mapping engine to refuse', async (t) => {
  pack('one', { 'manifest.yaml': 'pack: one\nextends: two\n' })
  pack('two', { 'manifest.yaml': 'pack: two\nextends: one\n' })
  t.same([...(await readPack(join(dir, 'one'))).packs.keys()], ['one', 'two'])
})

t.test('a name that is no pack is an error that names those there are', async (t) => {
  await t.rejects(readPack('nothing'), { code: 'mapping.unknown-pack', message: /"nothing" \(known: .*mimic-iii/ })
  await t.rejects(readPack('../mappings'), { code: 'mapping.unknown-pack' })
  const orphan = pack('orphan', { 'manifest.yaml': 'pack: orphan\nextends: nowhere\n' })
  await t.rejects(readPack(orphan), { code: 'mapping.unknown-pack', message: /"nowhere"/ })
})
