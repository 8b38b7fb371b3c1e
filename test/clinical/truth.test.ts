/** Clinical questions, answered from the CSV files alone and through /fhir of a running server: the answers are equal. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { Client, Hospital } from './client.js'
import { Tables } from './csv.js'
import type { Question } from './question.js'
import { chart } from './questions/chart.js'
import { chartEntries } from './questions/chart-entries.js'
import { diagnoses } from './questions/diagnoses.js'
import { inputs } from './questions/inputs.js'
import { labs } from './questions/labs.js'
import { microbiology } from './questions/microbiology.js'
import { movements } from './questions/movements.js'
import { prescriptions } from './questions/orders.js'
import { outputs } from './questions/outputs.js'
import { people } from './questions/people.js'
import { procedures } from './questions/procedures.js'
import { rows } from './questions/rows.js'
import { together } from './questions/together.js'
import { serveTables, validated } from './server.js'

const folder = fileURLToPath(new URL('../../../shared/data/mimic-iii-demo/', import.meta.url))
const skip = existsSync(folder) ? false : 'needs the MIMIC-III demo in ../shared/data/mimic-iii-demo'

const questions: Question[] = [
  ...people,
  ...movements,
  ...diagnoses,
  ...procedures,
  ...labs,
  ...microbiology,
  ...chart,
  ...chartEntries,
  ...inputs,
  ...outputs,
  ...prescriptions,
  ...together,
  ...rows
]

/** An answer of one line as it is, a longer one as a digest of its lines. */
function short(lines: readonly string[]): string {
  return lines.length === 1 ? (lines[0] ?? '') : createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 8)
}

/** Lines of one answer that the other does not have, as often as it has them. */
function missing(from: readonly string[], to: readonly string[]): string[] {
  const left = new Map<string, number>()
  for (const line of to) left.set(line, (left.get(line) ?? 0) + 1)
  return from.filter((line) => {
    const times = left.get(line) ?? 0
    left.set(line, times - 1)
    return times <= 0
  })
}

t.setTimeout(1_200_000)

t.test('clinical questions to the tables and to the server', { skip, timeout: 1_200_000 }, async (t) => {
  const store = `${t.testdir()}/store.db`
  const served = await serveTables(folder, store)
  t.teardown(() => served.stop())
  // While the questions are asked: both take minutes.
  const checked = validated(store)
  const tables = new Tables(folder)
  const hospital = await Hospital.open(new Client(served.url))
  t.same([...served.unmapped], [], 'every table is mapped')
  t.same([...served.rejected], [], 'no row is rejected')

  const lines = [`loaded in ${served.seconds.toFixed(1)} s`, 'question | rows | CSV | FHIR | equal']
  for (const question of questions) {
    const csv = question.csv(tables).sort()
    let fhir: string[]
    try {
      fhir = (await question.fhir(hospital)).sort()
    } catch (error) {
      fhir = [String(error)]
    }
    const differs = { 'only in the tables': missing(csv, fhir), 'only on the server': missing(fhir, csv) }
    const equal = differs['only in the tables'].length + differs['only on the server'].length === 0
    lines.push(`${question.asks} | ${csv.length} | ${short(csv)} | ${short(fhir)} | ${equal ? 'yes' : 'NO'}`)
    t.ok(csv.length > 0, 'the tables have an answer')
    t.ok(equal, question.asks, {
      tables: differs['only in the tables'].slice(0, 5),
      server: differs['only on the server'].slice(0, 5),
      counts: Object.values(differs).map((list) => list.length)
    })
  }
  for (const line of lines) t.comment(line)

  const { resources, valid, faults } = await checked
  t.comment(`${valid} of ${resources} resources are valid against R4 and their profiles`)
  t.same(
    { valid, faults },
    { valid: resources, faults: [] },
    'every resource is valid against R4, its profiles and the vital signs profiles'
  )
  t.ok(resources > 900_000)
})
