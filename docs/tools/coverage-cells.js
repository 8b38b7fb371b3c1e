/** Where the cells of one table went: reads what a traced mapping made of its rows (see coverage.js for what the counts mean). */
import { cellRanges, keptRanges } from '../../dist/lineage/cells.js'
import { sourceColumns } from '../../dist/mapping/index.js'

const ZERO = { filled: 0, coded: 0, value: 0, text: 0, decides: 0, only: 0, implied: 0, kept: 0, missed: 0 }

export class CellCounter {
  /** Per column, in the order of the file. */
  tallies
  #model
  #canonical
  #indexes
  /** Per form: the columns that it translates, where it is a code map. */
  #translated = new Map()
  /** Per code map: the columns behind the one that is looked up; none where the map has no standard code at all. */
  #tried = new Map()
  #states

  /** model: of the table; count: how many columns the file has; canonical: of the pack, where its own code systems live. */
  constructor(model, count, canonical) {
    this.#model = model
    this.#canonical = canonical
    this.#indexes = new Map(model.columns.map(({ name }, index) => [name, index]))
    this.tallies = Array.from({ length: count }, () => ({ ...ZERO }))
    this.begin()
  }

  /** A new row. */
  begin() {
    this.#states = this.tallies.map(() => ({
      coded: false,
      stands: false,
      own: false,
      tried: false,
      plain: false,
      decides: false,
      kept: false
    }))
  }

  /** A look-up in a code map. */
  looked({ map, names }) {
    let columns = this.#tried.get(map)
    if (columns === undefined) {
      const standard = [...map.rows.values()].flat(2).some(({ coding }) => coding !== undefined && !this.#isOwn(coding.system))
      columns = standard ? sourceColumns(this.#model, this.#indexes.get(names[0])) : []
      this.#tried.set(map, columns)
    }
    for (const column of columns) if (this.#states[column] !== undefined) this.#states[column].tried = true
  }

  /** A text that the row made. others: pieces of it that may come from other rows of the same table. */
  made(traced, others) {
    const { text } = traced
    const foreign = others.map((piece) => [text.indexOf(piece), text.indexOf(piece) + piece.length])
    for (const range of cellRanges(traced)) {
      const state = range.table === this.#model.table ? this.#states[this.#indexes.get(range.column)] : undefined
      if (state !== undefined && !foreign.some(([from, to]) => from <= range.start && range.end <= to)) this.#range(state, range, text)
    }
    if (!text.includes('/source-cell')) return
    for (const { start, end, column } of keptRanges(text, this.#model.table)) {
      const state = this.#states[this.#indexes.get(column)]
      if (state !== undefined && !foreign.some(([from, to]) => from <= start && end <= to)) state.kept = true
    }
  }

  /** Counts the row. missed: columns whose value has no row in a code map. */
  end(cells, missed) {
    this.tallies.forEach((tally, index) => {
      if (cells[index] === '') return
      const { coded, stands, own, tried, plain, decides, kept } = this.#states[index]
      tally.filled++
      if (coded) tally.coded++
      else if (stands) tally[own || (tried && plain) ? 'text' : 'value']++
      else if (kept) tally.only++
      else if (decides) tally.decides++
      else tally.implied++
      if (kept) tally.kept++
      if (missed.has(this.#model.columns[index].name)) tally.missed++
    })
  }

  #range(state, { role, form, column, start, end }, text) {
    // Of the columns of a code map the first one is translated, the others say how.
    if (role === 'decides' || (form?.kind === 'map' && !this.#translates(form).has(column))) {
      state.decides = true
      return
    }
    state.stands = true
    if (this.#isPlain(form, column)) state.plain = true
    if (state.coded) return
    const systems = form.kind === 'map' && form.result !== 'code' ? systemsIn(text.slice(start, end)) : systemBefore(text, start)
    if (systems.some((system) => !this.#isOwn(system))) state.coded = true
    else if (systems.length > 0) state.own = true
    // A code of the element's own value set has no system beside it.
    else if (form.kind === 'map') state.coded = true
  }

  /** Whether a form gives the cell as a text: as it is, or as the unit of a number. */
  #isPlain(form, column) {
    if (form.kind === 'column' || form.kind === 'trim') return true
    if (form.kind !== 'quantity' && form.kind !== 'range') return false
    return !sourceColumns(this.#model, form.value).some((index) => this.#model.columns[index].name === column)
  }

  #translates(form) {
    let names = this.#translated.get(form)
    if (names === undefined) {
      names = new Set(sourceColumns(this.#model, form.from[0]).map((index) => this.#model.columns[index].name))
      this.#translated.set(form, names)
    }
    return names
  }

  #isOwn(system) {
    return system.startsWith(`${this.#canonical}/`)
  }
}

function systemsIn(fragment) {
  return [...fragment.matchAll(/"system":"([^"]*)","code"/g)].map((match) => match[1])
}

/** The system beside a code that begins at an offset; none where it is no code. */
function systemBefore(text, start) {
  if (!text.startsWith('"code":', start - 7)) return []
  const [, system] = /"system":"([^"]*)",(?:"version":"[^"]*",)?"code":$/.exec(text.slice(Math.max(0, start - 200), start)) ?? []
  return system === undefined ? [] : [system]
}
