/** The official examples under $validate, compared with the table of docs/conformance.md. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Checks } from '#wardbridge/service/check.js'
import { Definitions } from '#wardbridge/service/definitions.js'
import { openStore } from '#wardbridge/store/open.js'

const FOLDER = process.env['WARDBRIDGE_R4_EXAMPLES']
const LARGEST = 16 * 1024 * 1024
const AT_ONCE = 4

/** File without ending -> rules, as the table says. */
function documented(): Record<string, string[]> {
  const text = readFileSync(new URL('../../docs/conformance.md', import.meta.url), 'utf8')
  const rows = (/<!-- faults -->\n([\s\S]*?)<!-- \/faults -->/.exec(text)?.[1] ?? '').split('\n').slice(2)
  return Object.fromEntries(
    rows.flatMap((row) => {
      const [, names = '', rules = ''] = row.split('|').map((cell) => cell.trim())
      return names === '' ? [] : names.split(', ').map((name) => [name, rules.split(', ')])
    })
  )
}

const skip = FOLDER === undefined ? 'WARDBRIDGE_R4_EXAMPLES is not set' : false
t.test(
  'every official example and definition is valid, but for those that docs/conformance.md explains',
  { skip, timeout: 900_000 },
  async (t) => {
    const folder = FOLDER as string
    const store = await openStore(`${t.testdir()}/store.db`)
    const checks = new Checks('structure', store, new Definitions(store), { seconds: 300 })
    t.teardown(async () => {
      await checks.close()
      await store.close()
    })
    const files = readdirSync(folder).filter((name) => /^[A-Z].*\.json$/.test(name) && statSync(join(folder, name)).size <= LARGEST)
    const found: Record<string, string[]> = {}
    let total = 0
    const work = async () => {
      for (let file = files.pop(); file !== undefined; file = files.pop()) {
        const text = readFileSync(join(folder, file), 'utf8')
        const { resourceType } = JSON.parse(text) as { resourceType: string }
        const issues = await checks.validate(resourceType, text, [])
        const rules = new Set(issues.filter(({ severity }) => severity === 'error').map(({ rule }) => rule))
        total++
        if (rules.size > 0) found[file.slice(0, -'.json'.length)] = [...rules].sort()
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, work))
    const expected = documented()
    t.ok(Object.keys(expected).length > 30, 'the table is read')
    t.same(found, expected)
    t.ok(
      readFileSync(new URL('../../docs/conformance.md', import.meta.url), 'utf8').includes(
        `${(total - Object.keys(found).length).toLocaleString('en')} of ${total.toLocaleString('en')} are valid`
      ),
      'the figures are those of the document'
    )
  }
)
