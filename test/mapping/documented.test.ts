/** docs/reference/mapping-language.md names all that the language has. */
import { readFileSync } from 'node:fs'
import t from 'tap'
import { cellTest } from '#wardbridge/mapping/cells.js'
import { checkPack } from '#wardbridge/mapping/index.js'
import { CONDITIONS } from '#wardbridge/mapping/scope.js'
import { FORMS } from '#wardbridge/mapping/special-forms.js'
import type { ColumnType } from '#wardbridge/mapping/types.js'
import { tiny } from './support.js'

const text = readFileSync(new URL('../../docs/reference/mapping-language.md', import.meta.url), 'utf8')

t.test('every form is documented with its settings', async (t) => {
  for (const [form, settings] of FORMS) {
    const row = text.split('\n').find((line) => line.startsWith(`| \`${form}\` | \`{`)) ?? ''
    for (const setting of settings) t.match(row, new RegExp(`[{ ,]${setting}:`), `${form}: ${setting}`)
  }
})

t.test('every condition is documented', async (t) => {
  for (const condition of CONDITIONS.keys()) t.ok(text.includes(`| \`{${condition}: `), condition)
})

t.test('every column type is documented', async (t) => {
  const types: Record<ColumnType, true> = {
    integer: true,
    decimal: true,
    text: true,
    date: true,
    midnight: true,
    timestamp: true,
    flag: true
  }
  for (const type of Object.keys(types) as ColumnType[]) {
    t.ok(text.includes(`| \`${type}\` `), type)
    t.equal(cellTest(type) === undefined, type === 'text')
  }
})

t.test('every setting of tables, columns, merges, dictionaries and manifests is documented', async (t) => {
  const complaint = (files: Record<string, string>, setting: string) => {
    const { problems } = checkPack(tiny(files))
    const found = problems.find((problem) => problem.message.includes(`"${setting}"`))?.message ?? ''
    return (/\(known: (.*)\)/.exec(found)?.[1] ?? '').split(', ')
  }
  const settings = [
    ...complaint({ t: 'table: t\nnonsense: 1\n' }, 'nonsense'),
    ...complaint({ manifest: 'pack: tiny\nnonsense: 1\ntables: {}\n' }, 'nonsense'),
    ...complaint(
      { t: 'table: t\nkey: a\ncolumns: {a: text}\ndictionary: {codeSystem: local, code: a, display: a, nonsense: 1}\n' },
      'nonsense'
    ),
    ...['type', 'required', 'optional', 'lossy', 'derived', 'as', 'when', 'resourceType', 'into', 'latestBy', 'collectBy', 'from', 'get']
  ]
  t.ok(settings.length > 30)
  for (const setting of settings)
    t.match(text, new RegExp(`\`[^\`\\n]*\\b${setting}\\b[^\`\\n]*\`|^ *-? *${setting}:|[{ ,]${setting}: `, 'm'), setting)
})

t.test('the examples of the page are what the language takes', async (t) => {
  const blocks = [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map((match) => match[1] ?? '')
  const named = blocks.flatMap((block) => {
    const [, path] = /^# (\S+)\n/.exec(block) ?? []
    return path === undefined ? [] : [[path.replace(/\.yaml$/, ''), block] as const]
  })
  const map = /```json\n([\s\S]*?)```/.exec(text)?.[1] ?? ''
  t.ok(named.length >= 4)
  const files = Object.fromEntries(named)
  t.same(checkPack(tiny({ ...files, 'maps/sex.json': map })).problems, [])
})
