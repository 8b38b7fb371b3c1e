import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import t from 'tap'

t.test('the pages of docs/mappings are those that the mapping files and the counted coverage give', async (t) => {
  const made = spawnSync(process.execPath, ['docs/tools/mappings.js', '--check'], { encoding: 'utf8' })
  t.equal(made.stderr, '')
  t.equal(made.status, 0)
})

t.test('every table and code map has a page, and every link of the pages leads somewhere', async (t) => {
  for (const folder of ['docs/mappings/mimic-iii', 'docs/mappings/mimic-iii/maps', 'docs/mappings/hospital']) {
    for (const name of readdirSync(folder).filter((one) => one.endsWith('.md'))) {
      for (const [, link = ''] of readFileSync(`${folder}/${name}`, 'utf8').matchAll(/\]\(([^)#]+)[^)]*\)/g)) {
        if (!existsSync(`${folder}/${link}`)) t.fail(`${folder}/${name} links to ${link}`)
      }
    }
  }
  const mapped = readdirSync('mappings/mimic-iii').filter((name) => name.endsWith('.yaml') && name !== 'manifest.yaml')
  for (const name of mapped) t.ok(existsSync(`docs/mappings/mimic-iii/${name.replace('.yaml', '.md')}`), name)
  for (const name of readdirSync('mappings/mimic-iii/maps'))
    t.ok(existsSync(`docs/mappings/mimic-iii/maps/${name.replace('.json', '.md')}`), name)
})

t.test('every row of the demo is in exactly one disposition', async (t) => {
  const { tables } = JSON.parse(readFileSync('docs/mappings/mimic-iii.coverage.json', 'utf8')) as {
    tables: Record<string, Record<string, number>>
  }
  t.equal(Object.keys(tables).length, 26)
  for (const [name, counts] of Object.entries(tables)) {
    const sum = ['mapped', 'merged', 'dictionary', 'unmapped', 'rejected'].reduce((total, part) => total + (counts[part] ?? 0), 0)
    t.equal(sum, counts['rows'], name)
  }
})
