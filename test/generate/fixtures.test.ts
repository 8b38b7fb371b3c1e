import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { generateHospital } from '#wardbridge/generate/index.js'

const fixture = fileURLToPath(new URL('../../fixtures/hospital-small/', import.meta.url))

t.test('fixtures/hospital-small is what the generator gives (fixtures/README.md says how to renew it)', async (t) => {
  const out = t.testdir()
  await generateHospital({ patients: 3, seed: 992, out, charting: 720 })
  t.same(readdirSync(fixture).sort(), readdirSync(out).sort())
  let size = 0
  for (const name of readdirSync(out)) {
    const bytes = readFileSync(join(out, name))
    size += bytes.length
    t.ok(bytes.equals(readFileSync(join(fixture, name))), name)
  }
  t.ok(size < 450_000, `${size} bytes`)
})
