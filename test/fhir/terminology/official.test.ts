import { readFileSync } from 'node:fs'
import { brotliDecompressSync } from 'node:zlib'
import t from 'tap'
import { WardbridgeError } from '#wardbridge/errors.js'
import type { ValueSetResource } from '#wardbridge/fhir/terminology/resources.js'
import { Evaluation } from '#wardbridge/fhir/terminology/value-set.js'
import { builtInSource } from './source.js'

const [, ...lines] = brotliDecompressSync(readFileSync(new URL('../../../profiles/r4/terminology.br', import.meta.url)))
  .toString()
  .trimEnd()
  .split('\n')
const valueSets = lines.map((line) => JSON.parse(line) as ValueSetResource).filter(({ resourceType }) => resourceType === 'ValueSet')

t.test('value sets of R4 expand, or say which content is missing', async (t) => {
  const source = builtInSource()
  let expanded = 0
  for (const valueSet of valueSets) {
    try {
      const members = await new Evaluation(source).members(valueSet)
      expanded++
      const few = [...members.values()].filter((_, n) => n % 17 === 0).slice(0, 20)
      for (const { system, code } of few) {
        if ((await new Evaluation(source).member(valueSet, system, code)) === undefined)
          t.fail(`${valueSet.url}: ${code} is in the expansion only`)
      }
      const [{ system } = { system: '' }] = members.values()
      for (const { code } of ((await source.codeSystem(system))?.concepts ?? []).slice(0, 50)) {
        if (members.has(`${system}|${code}`)) continue
        if ((await new Evaluation(source).member(valueSet, system, code)) !== undefined)
          t.fail(`${valueSet.url}: ${code} is not in the expansion`)
      }
    } catch (error) {
      if (!(error instanceof WardbridgeError) || !error.code.startsWith('terminology.')) throw error
    }
  }
  t.comment(`${expanded} of ${valueSets.length} value sets expand`)
  t.ok(expanded >= 1200, `${expanded} expand`)
})
