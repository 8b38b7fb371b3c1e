/**
 * Forms to straight-line JavaScript that builds JSON text. Everything from a mapping file enters the code as a quoted literal or as an index: text from a
 * file never becomes code.
 */
import { cell, conditionSource, fitsSource, keySource, openColumns, unitSource } from './expressions.js'
import { flagLines } from './flags.js'
import { Lines } from './lines.js'
import type { Linker } from './link.js'
import { type Form, type FormMember, URI_TYPES } from './model.js'
import { type Generated, js, labelled, NOTHING, type Piece, piecesOf, render } from './pieces.js'
import { MARK_END } from './trace.js'
import { columnsOf, isMemoizable, reachedForms } from './walk.js'

/** FHIR types that take any text (src/fhir/primitives.ts: all but control characters). */
const TEXTS = new Set(['string', 'markdown'])
const INTEGERS = new Set(['integer', 'positiveInt', 'unsignedInt'])

export class Generator extends Lines {
  readonly #linker: Linker
  #inMemo = false

  constructor(linker: Linker) {
    super()
    this.#linker = linker
  }

  /** JSON text of a form. */
  form(form: Form): Generated {
    const { tracer } = this.#linker
    if (tracer !== undefined) return this.#traced(this.#made(form), tracer(form))
    return !this.#inMemo && isMemoizable(form) ? this.#memo(form) : this.#made(form)
  }

  /** Puts marks around what a form made, so that it can be told which cells fed it. */
  #traced(made: Generated, mark: string | undefined): Generated {
    if (mark === undefined) return made
    if (made.sure) return { ...made, pieces: [mark, ...made.pieces, MARK_END] }
    const value = this.name(made)
    return this.#temp(`${value} === '' ? '' : ${render([mark, { js: value }, MARK_END])}`)
  }

  #made(form: Form): Generated {
    switch (form.kind) {
      case 'literal':
        return form.json === '' ? NOTHING : { pieces: [form.json], sure: true, constant: true }
      case 'source':
        return { pieces: [JSON.stringify(this.#linker.sourceUri(form.name))], sure: true, constant: true }
      case 'column':
        return this.#column(form)
      case 'template':
        return this.#template(form)
      case 'object':
        return this.object(form.members)
      case 'array':
        return this.array(form.items.map((item) => () => this.form(item)))
      case 'reference':
        return this.#reference(form)
      case 'map':
        return this.#map(form)
      case 'date':
        this.#mark(form)
        return this.#filled([form.column], ['"', { js: `${cell(form.column)}.slice(0, 10)` }, '"'])
      case 'dateTime':
        this.#mark(form)
        return this.#filled([form.column], [{ js: this.#dateTime(form.column) }])
      case 'period':
        return this.#period(form)
      case 'quantity':
      case 'range':
        return this.#quantity(form)
      case 'icd9':
        return this.#temp(`rt.icd9(${cell(form.column)}, ${form.procedure})`)
      case 'number':
        return this.#temp(`rt.canonicalNumber(${cell(form.column)}, ${form.digits})`)
      case 'trim':
        this.#mark(form)
        return this.#temp(`${form.type === 'code' ? 'rt.code' : 'rt.trimmed'}(${cell(form.column)})`)
      case 'base64':
        this.#mark(form)
        return this.#filled([form.column], ['"', { js: `rt.base64(${cell(form.column)})` }, '"'])
      case 'if':
        return this.#branch(conditionSource(form.condition, this.#linker), form.whenTrue, form.otherwise)
      case 'first':
        return this.#first(form.items.map((item) => () => this.form(item)))
      case 'lookup': {
        const found = this.temporary(`${this.#linker.lookup(form.table)}(${cell(form.key[0] ?? 0)}, ${form.get})`)
        return this.#temp(`${found} === '' ? '' : ${form.type === 'code' ? 'rt.code' : 'rt.quote'}(${found})`)
      }
    }
  }

  /** JSON text of an object; '' when it has members that depend on cells and all of them are empty. */
  object(members: readonly FormMember[]): Generated {
    const parts = members.flatMap((member) => this.member(member))
    return this.join(parts, '{', '}')
  }

  /** JSON text of an item of a list with more in its extension. more: made after everything else. */
  item(form: Form, more: ReadonlyArray<() => Generated>): Generated {
    if (form.kind !== 'object') return this.form(form)
    const own = form.members.find((member) => member.name === 'extension')?.form
    const others = form.members.filter((member) => member.name !== 'extension').flatMap((member) => this.member(member))
    const items = own?.kind === 'array' ? own.items.map((item) => () => this.form(item)) : []
    return this.join([...others, labelled('extension', this.array([...items, ...more]))], '{', '}')
  }

  /** `"name":value` fragments of one member (two where a decimal keeps its source text). */
  member(member: FormMember): Generated[] {
    if (member.choice !== undefined) return [this.#first(member.choice.map((one) => () => this.join(this.member(one), '', '')))]
    const { name, form } = member
    const value = labelled(name, this.form(form))
    if (form.kind !== 'column' || form.type !== 'decimal') return [value]
    const text = cell(form.column)
    const head = `{"extension":[{"url":${JSON.stringify(this.#linker.sourceText)},"valueString":`
    const kept = this.#temp(
      `${text} === '' || rt.decimal(${text}) === ${text} ? '' : ${render([head, { js: `rt.quote(${text})` }, '}]}'])}`
    )
    return [value, labelled(`_${name}`, kept)]
  }

  array(items: ReadonlyArray<() => Generated>): Generated {
    return this.join(
      items.map((item) => item()),
      '[',
      ']'
    )
  }

  /** Runs the generation of one alternative inside a block and leaves its value in a variable. */
  #into(target: string, make: () => Generated): void {
    const value = make()
    const pieces = piecesOf(value)
    this.lines.push(
      value.label === undefined || value.sure
        ? `${target} = ${render(pieces)}`
        : `${target} = ${render(value.pieces)} === '' ? '' : ${render(pieces)}`
    )
  }

  #branch(test: string, then: Form, otherwise: Form | undefined): Generated {
    const out = this.temporary("''")
    this.lines.push(`if (${test}) {`)
    this.#into(out, () => this.form(then))
    if (otherwise !== undefined) {
      this.lines.push('} else {')
      this.#into(out, () => this.form(otherwise))
    }
    this.lines.push('}')
    return { pieces: [{ js: out }], sure: false, constant: false }
  }

  #first(items: ReadonlyArray<() => Generated>): Generated {
    const out = this.temporary("''")
    items.forEach((item, index) => {
      this.lines.push(index === 0 ? '{' : `if (${out} === '') {`)
      this.#into(out, item)
      this.lines.push('}')
    })
    return { pieces: [{ js: out }], sure: false, constant: false }
  }

  /** Forms that go through dictionaries or maps and depend on few columns are made once per distinct cell text. */
  #memo(form: Form): Generated {
    const columns = [...columnsOf(form)]
    const memo = this.#linker.memo()
    const keys = columns.map(cell).join(', ')
    const made = this.temporary(`${memo}.${columns.length === 1 ? 'one' : 'two'}(${keys})`)
    this.lines.push(`if (${made} === undefined) {`, 'const missed = []', 'const miss = (column, value) => { missed.push([column, value]) }')
    this.#inMemo = true
    const value = this.form(form)
    this.#inMemo = false
    this.lines.push(`${made} = ${memo}.keep([${keys}], ${render(value.pieces)}, missed)`, '}')
    this.lines.push(`if (${made}.missed !== undefined) for (const [column, value] of ${made}.missed) miss(column, value)`)
    for (const inner of reachedForms(form)) this.#mark(inner)
    return { pieces: [{ js: `${made}.text` }], sure: value.sure, constant: value.constant }
  }

  #column(form: Form & { kind: 'column' }): Generated {
    const text = cell(form.column)
    const column = this.#linker.columns[form.column]
    this.#mark(form)
    if (form.type === 'decimal') return this.#filled([form.column], [{ js: `rt.decimal(${text})` }])
    if (form.type === 'boolean') return this.#filled([form.column], [{ js: `(${text} === '1' ? 'true' : 'false')` }])
    if (TEXTS.has(form.type)) return this.#filled([form.column], [{ js: `rt.quote(${text})` }])
    if (form.type !== 'code')
      return this.#temp(
        `${text} !== '' && ${fitsSource(form, this.#linker)} ? ${INTEGERS.has(form.type) ? text : `rt.quote(${text})`} : ''`
      )
    // Only a blank text gives no code at all.
    return column?.type === 'text' ? this.#temp(`rt.code(${text})`) : this.#filled([form.column], [{ js: `rt.code(${text})` }])
  }

  #template(form: Form & { kind: 'template' }): Generated {
    const columns = form.parts.filter((part) => typeof part === 'number')
    const part = (column: number) => (URI_TYPES.has(form.type) ? `rt.uriPart(${cell(column)})` : cell(column))
    const text = render(form.parts.map((one) => (typeof one === 'number' ? { js: part(one) } : one)))
    return this.#filled(columns, [{ js: `${form.type === 'code' ? 'rt.code' : 'rt.quote'}(${text})` }])
  }

  #reference(form: Form & { kind: 'reference' }): Generated {
    this.#mark(form)
    const link = this.#linker
    const [first = 0, ...more] = form.key
    const kind = more.length > 0 || form.open.size > 0 ? 'json' : link.columns[first]?.type === 'integer' ? 'integer' : 'text'
    const id = `${link.reference(form.space, kind)}(${kind === 'json' ? keySource(form.key, link) : cell(first)})`
    const pieces: Piece[] = ['{"reference":"', { js: id }, '"']
    if (form.identifier !== undefined) {
      pieces.push(
        `,"identifier":{"system":${JSON.stringify(link.sourceUri(form.identifier))},"value":`,
        { js: `rt.quote(${cell(first)})` },
        '}'
      )
    }
    if (form.display !== undefined) {
      const display = this.temporary(render(this.form(form.display).pieces))
      pieces.push({ js: `(${display} === '' ? '' : ',"display":' + ${display})` })
    }
    return this.#filled(
      form.key.filter((column) => !form.open.has(column)),
      [...pieces, '}']
    )
  }

  #map(form: Form & { kind: 'map' }): Generated {
    this.#mark(form)
    const out = this.#temp(`${this.#linker.codeMap(form)}(${form.from.map(cell).join(', ')}, miss)`)
    if (form.otherwise === undefined) return out
    const otherwise = form.otherwise
    // undefined: the map has no row, so that the form after "else" stands.
    const name = this.name(out)
    this.lines.push(`if (${name} === undefined) {`)
    this.#into(name, () => this.form(otherwise))
    this.lines.push('}')
    return out
  }

  #period(form: Form & { kind: 'period' }): Generated {
    this.#mark(form)
    const link = this.#linker
    const [start, end] = [cell(form.start), cell(form.end)]
    const out = this.temporary("''")
    const from: Piece = { js: this.#dateTime(form.start) }
    const to: Piece = { js: this.#dateTime(form.end) }
    const later = `{"extension":[{"url":${JSON.stringify(link.endBeforeStart)},"valueDateTime":`
    // A day and a time are compared as days.
    const part = link.columns[form.start]?.type === link.columns[form.end]?.type ? '' : '.slice(0, 10)'
    this.lines.push(
      `if (${start} === '') { if (${end} !== '') ${out} = ${render(['{"end":', to, '}'])} }`,
      `else if (${end} === '') ${out} = ${render(['{"start":', from, '}'])}`,
      `else if (${end}${part} < ${start}${part}) {`,
      `miss(${js(link.columns[form.end]?.name ?? '')}, ${js(`before ${link.columns[form.start]?.name}`)})`,
      `${out} = ${render([later, to, '}],"start":', from, '}'])}`,
      `} else ${out} = ${render(['{"start":', from, ',"end":', to, '}'])}`
    )
    return { pieces: [{ js: out }], sure: link.columns[form.start]?.required === true, constant: false }
  }

  #quantity(form: Form & { kind: 'quantity' | 'range' }): Generated {
    const code = form.code === undefined ? "''" : render(this.form(form.code).pieces)
    const simple = form.kind === 'quantity' ? `, ${form.simple}, ${form.thousands}` : ''
    const out = this.#temp(`rt.${form.kind}(${cell(form.value)}, ${unitSource(form)}, ${code}, ${js(this.#linker.sourceText)}${simple})`)
    this.#mark(form, `${this.name(out)} !== ''`)
    return out
  }

  #dateTime(column: number): string {
    const type = this.#linker.columns[column]?.type
    return type === 'timestamp' ? `${this.#linker.dateTime}(${cell(column)}, miss)` : `'"' + ${cell(column)}.slice(0, 10) + '"'`
  }

  /** Pieces that stand only where the cells are filled. */
  #filled(columns: readonly number[], pieces: readonly Piece[]): Generated {
    const open = openColumns(columns, this.#linker)
    if (open.length === 0) return { pieces, sure: true, constant: false }
    return this.#temp(`${open.map((column) => `${cell(column)} === ''`).join(' || ')} ? '' : ${render(pieces)}`)
  }

  #temp(expression: string): Generated {
    return { pieces: [{ js: this.temporary(expression) }], sure: false, constant: false }
  }

  /**
   * Sets the flag of each column that can be read back from the form. Inside a memo flags would be set for the first row only: there it is done after the
   * memo. made: a test that says whether a quantity or range was made, where that is known already.
   */
  #mark(form: Form, made?: string): void {
    if (!this.#inMemo) this.lines.push(...flagLines(form, this.#linker, made))
  }
}
