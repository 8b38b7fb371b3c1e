/** Random rows: what goes in comes out, under /rest, whatever is done to the resources under /fhir beside it. */
import t, { type Test } from 'tap'
import { readPack } from '#wardbridge/files/packs.js'
import { cellJson } from '#wardbridge/hospital/cells.js'
import { compileFor } from '#wardbridge/ingest/index.js'
import type { CompiledTable } from '#wardbridge/mapping/index.js'
import { build } from '../../helper.js'
import { anyCell, anyRow, Random } from '../../mapping/random.js'

const ROWS = 15
const DERIVED = ['expire_flag', 'hospital_expire_flag', 'has_chartevents_data']
const WORDS: Readonly<Record<string, readonly string[]>> = {
  gender: ['F', 'M'],
  admission_type: ['EMERGENCY', 'ELECTIVE', 'NEWBORN'],
  insurance: ['Medicare', 'Self Pay'],
  marital_status: ['MARRIED', 'SINGLE'],
  religion: ['NOT SPECIFIED', 'CATHOLIC'],
  ethnicity: ['WHITE', 'HISPANIC OR LATINO'],
  language: ['ENGL', 'SPAN'],
  code: ['Heart rate', 'Pain'],
  unit: ['bpm', 'mmHg', 'C']
}

type Cells = Map<string, string>

t.test('random rows', async (t) => {
  const { ask } = await build(t)
  const { pack } = compileFor({ pack: await readPack('hospital'), source: 'urn:x', idSecret: Buffer.alloc(32) })
  const table = (name: string): CompiledTable => pack.tables.get(name)!
  const random = new Random(5)

  const rest = (method: string, url: string, body?: string) =>
    ask(method, `/rest${url}`, body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body })
  const bodyOf = (name: string, cells: Cells): string =>
    `{${[...cells].map(([column, cell]) => `${JSON.stringify(column)}:${cellJson(cell, typeOf(name, column))}`).join(',')}}`
  const typeOf = (name: string, column: string) => table(name).columns.find((one) => one.name === column)!.type
  const some = (name: string, given: Readonly<Record<string, string>>): Cells => {
    const row = anyRow(random, table(name), ({ name: column }) => WORDS[column] ?? [])
    const cells: Cells = new Map(
      table(name).columns.flatMap(({ name: column, lossy }, at) => (lossy === undefined ? [[column, row[at]!] as const] : []))
    )
    for (const [column, cell] of Object.entries(given)) cells.set(column, cell)
    return cells
  }
  const isSame = (t: Test, name: string, cells: Cells, text: string, what: string) => {
    const json = JSON.parse(text)
    for (const [column, cell] of cells) {
      if (cell === '' && DERIVED.includes(column)) continue
      t.same(json[column], JSON.parse(cellJson(cell, typeOf(name, column))), `${what}: ${column}`)
    }
  }
  /** Some columns get other cells. */
  const change = (name: string, cells: Cells, fixed: readonly string[]): Cells => {
    const changed: Cells = new Map()
    for (const [column] of cells) {
      if (fixed.includes(column) || random.chance(0.6)) continue
      const { required, type } = table(name).columns.find((one) => one.name === column)!
      changed.set(column, !required && random.chance(0.3) ? '' : anyCell(random, type, WORDS[column] ?? []))
    }
    return changed
  }
  /** A client writes something to a resource that no column knows. */
  const touch = async (t: Test, type: string, identifier: string) => {
    const found = await ask(
      'GET',
      `/fhir/${type}?identifier=${encodeURIComponent(identifier.replace(/[\\,$]|(?<=\|.*)\|/g, (c) => `\\${c}`))}`
    )
    const resource = found.json.entry[0].resource
    const extension = [...(resource.extension ?? []), { url: 'http://example.org/mine', valueString: 'kept' }]
    const put = await ask('PUT', `/fhir/${type}/${resource.id}`, { body: JSON.stringify({ ...resource, extension }) })
    t.equal(put.status, 200, 'a client may change the resource')
    return async () => {
      const { text } = await ask('GET', `/fhir/${type}/${resource.id}`)
      t.match(text, 'http://example.org/mine', 'what a client wrote is still there')
    }
  }
  const system = 'urn:wardbridge:hospital'

  const roundTrip = async (t: Test, name: string, path: string, type: string, key: string, fixed: readonly string[], cells: Cells) => {
    const made = await rest('POST', path, bodyOf(name, cells))
    if (made.status !== 201) return t.fail(`${bodyOf(name, cells)} -> ${made.text}`)
    const id = String(made.json[key])
    isSame(t, name, cells, made.text, 'created')
    const still = await touch(t, type, `${system}:${key}|${id}`)
    isSame(t, name, cells, (await rest('GET', `${path}/${encodeURIComponent(id)}`)).text, 'after a FHIR update')
    const changed = change(name, cells, fixed)
    const put = await rest('PUT', `${path}/${encodeURIComponent(id)}`, bodyOf(name, changed))
    if (put.status !== 200) return t.fail(`PUT ${bodyOf(name, changed)} -> ${put.text}`)
    isSame(
      t,
      name,
      new Map([...[...cells].filter(([column]) => !DERIVED.includes(column)), ...changed]),
      (await rest('GET', `${path}/${encodeURIComponent(id)}`)).text,
      'changed'
    )
    await still()
  }

  t.test('of patients', async (t) => {
    for (let row = 0; row < ROWS; row++) {
      const subject = String(1000 + row)
      await roundTrip(t, 'patients', '/user', 'Patient', 'subject_id', ['subject_id'], some('patients', { subject_id: subject }))
    }
  })

  t.test('of admissions', async (t) => {
    for (let row = 0; row < ROWS; row++) {
      const given = { subject_id: String(1000 + row), hadm_id: String(5000 + row), admittime: '1000-01-01 00:00:00' }
      const cells = some('admissions', given)
      for (const column of ['dischtime', 'deathtime']) if (cells.get(column)! < '1000') cells.set(column, '')
      await roundTrip(
        t,
        'admissions',
        '/admissions',
        'Encounter',
        'hadm_id',
        ['subject_id', 'hadm_id', 'admittime', 'dischtime', 'deathtime'],
        cells
      )
    }
  })

  t.test('of progress', async (t) => {
    for (let row = 0; row < ROWS; row++) {
      const key = random.pick(['', 'a b', 'é', 'x/y', 'p?', '%2F', 'a,b|c$d\\e']) + row
      const given = { subject_id: String(1000 + row), progress_id: key, hadm_id: random.pick(['', String(5000 + row)]) }
      await roundTrip(
        t,
        'progress',
        '/progress',
        'Observation',
        'progress_id',
        ['progress_id', 'subject_id', 'hadm_id'],
        some('progress', given)
      )
    }
  })
})
