/** Loads cannot break the rules of threads: the same files again, an answer given here meanwhile, another answer in the files. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { parseSearch } from '#wardbridge/fhir/search-query.js'
import { readPack } from '#wardbridge/files/packs.js'
import { ingest, type LoadReport } from '#wardbridge/ingest/index.js'
import type { Principal } from '#wardbridge/service/contract.js'
import { openService } from '#wardbridge/service/service.js'

const system: Principal = { subject: 'load', role: 'system' }
const FIXTURES = new URL('../../fixtures/hospital-small/', import.meta.url).pathname
const TABLES = ['PATIENTS', 'ADMISSIONS', 'PHYSICIANS', 'QUESTIONS']

// biome-ignore lint/suspicious/noExplicitAny: resources of every shape
type Any = any

t.test('threads of a load', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'wardbridge-rules-'))
  const files = join(folder, 'in')
  mkdirSync(files)
  for (const table of TABLES) cpSync(join(FIXTURES, `${table}.csv`), join(files, `${table}.csv`))
  const service = await openService({ store: join(folder, 'store.db') })
  t.teardown(async () => {
    await service.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const pack = await readPack('hospital')
  const rejects = join(folder, 'rejects.ndjson')
  const load = async (...sources: string[]): Promise<{ report: LoadReport; rejected: Any[] }> => {
    const options = { pack, source: 'urn:test', idSecret: Buffer.from('secret'), jobs: 1, rejects }
    const report = await ingest({ sources: sources.length > 0 ? sources : [files], ...options }, service, system)
    const lines = readFileSync(rejects, 'utf8').split('\n').filter(Boolean)
    return { report, rejected: lines.map((line) => JSON.parse(line)) }
  }
  const find = async (type: string, query: string): Promise<Any[]> => {
    const parameters = [...new URLSearchParams(`${query}&_count=100`)].map(([name, value]) => [name, value] as const)
    const { resources } = await service.search(system, parseSearch(type, parameters, { handling: 'strict' }))
    return resources.map(({ body }) => JSON.parse(body.toString()))
  }
  const rewrite = (change: (text: string) => string) => {
    const file = join(files, 'QUESTIONS.csv')
    writeFileSync(file, change(readFileSync(file, 'utf8')))
  }
  const answerAs = (asked: Any, owner: Any, id?: string) => {
    const answer = {
      resourceType: 'Communication',
      id,
      status: 'completed',
      category: [{ coding: [{ system: 'https://fhir.wardbridge.dev/CodeSystem/communication-category', code: 'answer' }] }],
      inResponseTo: [{ reference: `Communication/${asked.id}` }],
      payload: [{ contentString: 'It always makes sense.' }]
    }
    const who: Principal = { subject: 'dr', role: 'physician', fhirUser: owner.reference }
    return service.create(who, 'Communication', JSON.stringify(answer))
  }
  const rows = (report: LoadReport) => {
    const { rowsIn, mapped, rejected, resources } = report.tables.find(({ table }) => table === 'questions')!
    return { rowsIn, mapped, rejected, resources }
  }

  const first = await load()
  t.strictSame(rows(first.report), { rowsIn: 9, mapped: 9, rejected: 0, resources: { Communication: 22, Task: 9 } })
  t.strictSame(first.rejected, [])
  const open = await find('Task', 'status=requested&_sort=authored-on')
  t.equal(open.length, 5)
  for (const task of open) t.ok(task.owner, 'a physician is responsible')

  await t.test('the same files again change nothing', async (t) => {
    const { report, rejected } = await load()
    t.strictSame(rejected, [])
    t.equal(report.totals.created + report.totals.updated, 0)
    t.equal(rows(report).mapped, 9)
  })

  const task = (await find('Task', 'status=requested')).find(({ owner }) => owner !== undefined)
  const [asked] = await find('Communication', `_id=${task.focus.reference.split('/')[1]}`)
  await answerAs(asked, task.owner)

  await t.test('nor do they take back what was answered here', async (t) => {
    const { report, rejected } = await load()
    t.strictSame(rejected, [])
    t.equal(report.totals.created + report.totals.updated, 0)
    t.equal((await find('Task', `_id=${task.id}`))[0].status, 'completed')
    t.equal((await find('Communication', `_id=${asked.partOf[0].reference.split('/')[1]}`))[0].status, 'completed')
  })

  await t.test('another answer in the files is a rejected row', async (t) => {
    const line = Number(asked.identifier?.[0]?.value ?? NaN)
    t.ok(Number.isNaN(line), 'a question has no number of its own')
    const text = asked.payload[0].contentString
    rewrite((csv) => csv.replace(`${text},,`, `${text},Never.,`).replace(`"${text}",,`, `"${text}",Never.,`))
    const { report, rejected } = await load()
    t.equal(rows(report).rejected, 1)
    t.match(rejected, [{ table: 'questions', rule: 'thread.answered', line: Number, row: { answer: 'Never.' } }])
    t.match(rejected[0].message, `answered by ${task.owner.reference}`)
    const answers = await find('Communication', `part-of=${asked.partOf[0].reference}&category=answer`)
    t.strictSame(
      answers.map(({ payload }) => payload[0].contentString),
      ['It always makes sense.']
    )
  })

  await t.test('a question or an answer that says something else is a rejected row', async (t) => {
    rewrite((csv) =>
      csv.replace('Where did this infection come from?', 'Where from?').replace('Please come to the emergency room today, and', 'Please')
    )
    const { rejected } = await load()
    t.strictSame(rejected.map(({ rule }) => rule).sort(), ['thread.answered', 'thread.answered', 'thread.permanent'])
  })

  await t.test('an answer that came meanwhile is taken', async (t) => {
    const before = (await find('Task', 'status=completed')).length
    rewrite((csv) => csv.replace('May my daughter call you to ask about me?,,', 'May my daughter call you to ask about me?,She may.,'))
    const { rejected } = await load()
    t.equal(rejected.length, 3)
    t.equal((await find('Task', 'status=completed')).length, before + 1)
  })

  await t.test('FHIR files go the same way', async (t) => {
    const waiting = (await find('Task', 'status=requested'))[0]
    const question = (await find('Communication', `_id=${waiting.focus.reference.split('/')[1]}`))[0]
    const { id, ...answer } = (await find('Communication', 'category=answer'))[0]
    const line = (own: string, text: string) =>
      JSON.stringify({
        ...answer,
        id: own,
        partOf: question.partOf,
        subject: question.subject,
        encounter: question.encounter,
        inResponseTo: [waiting.focus],
        payload: [{ contentString: text }]
      })
    const file = join(folder, 'more.ndjson')
    writeFileSync(file, `${line('x1', 'One.')}\n${line('x2', 'Two.')}\n${JSON.stringify({ ...question, payload: answer.payload })}\n`)
    const { report, rejected } = await load(file)
    t.match(rejected, [
      { line: 2, rule: 'thread.answered' },
      { line: 3, rule: 'thread.permanent' }
    ])
    t.match(report.totals, { rowsIn: 3, mapped: 1, rejected: 2 })
    const [task] = await find('Task', `_id=${waiting.id}`)
    t.match(task, { status: 'completed', output: [{ valueReference: { reference: 'Communication/x1' } }] }, 'the thread is brought in step')
    t.equal((await find('Communication', `_id=${question.partOf[0].reference.split('/')[1]}`))[0].status, 'completed')
  })

  await t.test('another physician in the files gets what waits', async (t) => {
    const waiting = (await find('Task', 'status=requested')).find(({ owner }) => owner !== undefined)
    const [stay] = await find('Encounter', `_id=${waiting.encounter.reference.split('/')[1]}`)
    const physician = (await find('Practitioner', '')).find(({ id }) => `Practitioner/${id}` !== waiting.owner.reference)
    const moved = {
      ...stay,
      participant: stay.participant.map((one: Any) => ({ ...one, individual: { reference: `Practitioner/${physician.id}` } }))
    }
    const file = join(folder, 'moved.ndjson')
    writeFileSync(file, `${JSON.stringify(moved)}\n`)
    await load(file)
    t.equal((await find('Task', `_id=${waiting.id}`))[0].owner.reference, `Practitioner/${physician.id}`)
  })
})
