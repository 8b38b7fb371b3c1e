/**
 * Forms to straight-line JavaScript that builds JSON text. Everything from a mapping file enters the code as a quoted literal or as an index: text from a
 * file never becomes code.
 */
import { translate } from './codemap.js'
import type { Condition, Form, FormMember } from './model.js'
import { type Generated, js, labelled, NOTHING, type Piece, piecesOf, render } from './pieces.js'
import type { Site } from './sites.js'
import { columnsOf, isMemoizable, reachedForms } from './walk.js'

/** What generated code needs from the compiled table. Functions are passed by position: `K[3]`. */
export interface Linker {
  /** Keeps a value for the generated code and gives the expression that reads it. */
  constant(value: unknown): string
  /** A function from JSON text of a key to the id. */
  id(space: string): string
  /** A cached function from a key (the bare cell where it is single) to `Type/id`. */
  reference(space: string): string
  codeMap(form: Form & { kind: 'map' }): string
  reversible(form: Form & { kind: 'map' }): string
  lookup(table: string): string
  sourceUri(name: string): string
  readonly sourceText: string
  readonly sourceCell: string
  readonly endBeforeStart: string
  readonly dateTime: string
  readonly columns: ReadonlyArray<{ readonly name: string; readonly type: string; readonly required: boolean }>
  /** Sites by form: which columns can be read back from there. */
  readonly sites: ReadonlyMap<Form, readonly Site[]>
}

const cell = (column: number): string => `c[${column}]`

export class Generator {
  readonly lines: string[] = []
  readonly #linker: Linker
  #temporaries = 0
  #inMemo = false
  /** Columns whose text may be missing from the resources: a flag each says whether it was written. */
  readonly tracked = new Set<number>()

  constructor(linker: Linker) {
    this.#linker = linker
  }

  temporary(initial: string): string {
    const name = `t${this.#temporaries++}`
    this.lines.push(`let ${name} = ${initial}`)
    return name
  }

  /** JSON text of a form. */
  form(form: Form): Generated {
    if (!this.#inMemo && isMemoizable(form)) return this.#memo(form)
    switch (form.kind) {
      case 'literal':
        return form.json === '' ? NOTHING : { pieces: [form.json], sure: true, constant: true }
      case 'source':
        return { pieces: [JSON.stringify(this.#linker.sourceUri(form.name))], sure: true, constant: true }
      case 'column':
        return this.#column(form)
      case 'template':
        return this.#template(form.parts)
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
        return this.#filled([form.column], [{ js: `rt.icd9(${cell(form.column)}, ${form.procedure})` }])
      case 'number':
        return this.#temp(`rt.canonicalNumber(${cell(form.column)})`)
      case 'if':
        return this.#branch(this.condition(form.condition), form.whenTrue, form.otherwise)
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

  /** Joins fragments with commas between brackets; '' when nothing but constants is left although something else was asked for. */
  join(parts: readonly Generated[], open: string, close: string): Generated {
    if (parts.length === 0) return NOTHING
    const constant = parts.every((part) => part.constant)
    if (parts.every((part) => part.sure)) {
      return {
        pieces: [open, ...parts.flatMap((part, index) => (index === 0 ? piecesOf(part) : [',', ...piecesOf(part)])), close],
        sure: true,
        constant
      }
    }
    const begun = parts.findIndex((part) => !part.sure)
    const certain = parts.some((part) => part.sure && !part.constant)
    const first: Piece[] =
      begun === 0
        ? []
        : [open, ...parts.slice(0, begun).flatMap((part, index) => (index === 0 ? piecesOf(part) : [',', ...piecesOf(part)]))]
    const out = this.temporary(render(first))
    const filled = certain ? undefined : this.temporary('false')
    let opened = begun > 0
    let pending: Piece[] = []
    for (const part of parts.slice(begun)) {
      const separator: Piece = opened ? ',' : { js: `(${out} === '' ? ${js(open)} : ',')` }
      if (part.sure) {
        pending.push(separator, ...piecesOf(part))
        opened = true
        continue
      }
      if (pending.length > 0) this.lines.push(`${out} += ${render(pending)}`)
      pending = []
      const value = this.#name(part)
      this.lines.push(
        `if (${value} !== '') { ${out} += ${render([separator, part.label ?? '', { js: value }])}${filled === undefined ? '' : `; ${filled} = true`} }`
      )
    }
    const whole = render([{ js: out }, ...pending, close])
    return {
      pieces: [{ js: this.temporary(filled === undefined ? whole : `${filled} ? ${whole} : ''`) }],
      sure: filled === undefined,
      constant: false
    }
  }

  /** A simple name for the value of a fragment that may be empty. */
  #name(part: Generated): string {
    const [only] = part.pieces
    return part.pieces.length === 1 && typeof only === 'object' && /^\w+$/.test(only.js) ? only.js : this.temporary(render(part.pieces))
  }

  condition(condition: Condition): string {
    switch (condition.kind) {
      case 'filled':
        return `${cell(condition.column)} !== ''`
      case 'all':
        return `(${condition.items.map((item) => this.condition(item)).join(' && ') || 'true'})`
      case 'any':
        return `(${condition.items.map((item) => this.condition(item)).join(' || ') || 'false'})`
      case 'not':
        return `!(${this.condition(condition.item)})`
      case 'equals':
        return condition.values.length === 1
          ? `${cell(condition.column)} === ${js(condition.values[0] ?? '')}`
          : `${this.#linker.constant(new Set(condition.values))}.has(${cell(condition.column)})`
      case 'same':
        return `${cell(condition.left)} === ${cell(condition.right)}`
      case 'before': {
        const right = typeof condition.right === 'number' ? cell(condition.right) : js(condition.right)
        return `(${cell(condition.left)} !== '' && ${right} !== '' && ${cell(condition.left)} < ${right})`
      }
      case 'mapped':
        return `${this.#linker.constant((text: string) => (translate(condition.map, text, {})?.length ?? 0) > 0)}(${cell(condition.column)})`
      case 'numeric':
        return `rt.isMeasure(${cell(condition.column)})`
    }
  }

  /** JSON text of a key: `[10006,"0414"]`. */
  key(columns: readonly number[]): string {
    const parts = columns.map((column) => (this.#linker.columns[column]?.type === 'integer' ? cell(column) : `rt.quote(${cell(column)})`))
    return `'[' + ${parts.join(" + ',' + ")} + ']'`
  }

  /** Raw text (not JSON) of a form: what a derived column should hold. */
  text(form: Form): string {
    switch (form.kind) {
      case 'literal':
        return js(form.json === '' ? '' : String(JSON.parse(form.json)))
      case 'column':
        return cell(form.column)
      case 'number':
        return `rt.canonicalNumber(${cell(form.column)})`
      case 'if':
        return `(${this.condition(form.condition)} ? ${this.text(form.whenTrue)} : ${form.otherwise === undefined ? "''" : this.text(form.otherwise)})`
      case 'first':
        return `(${form.items.map((item) => this.text(item)).join(' || ')})`
      default:
        return "''"
    }
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
    const memo = this.#linker.constant(new Map())
    const keys = columns.map(cell).join(', ')
    const entry = this.temporary(
      columns.length === 1 ? `${memo}.get(${keys})` : `${memo}.get(${cell(columns[0] ?? 0)})?.get(${cell(columns[1] ?? 0)})`
    )
    this.lines.push(`if (${entry} === undefined) {`, 'const u = []', 'const miss = (column, value) => { u.push([column, value]) }')
    this.#inMemo = true
    const value = this.form(form)
    this.#inMemo = false
    this.lines.push(`${entry} = rt.remember(${memo}, [${keys}], ${render(value.pieces)}, u)`, '}')
    this.lines.push(`if (${entry}.u !== undefined) for (const [column, value] of ${entry}.u) miss(column, value)`)
    this.#markInside(form)
    return { pieces: [{ js: `${entry}.v` }], sure: value.sure, constant: value.constant }
  }

  #column(form: Form & { kind: 'column' }): Generated {
    const text = cell(form.column)
    this.#mark(form, form.type === 'code' ? `rt.isCode(${text})` : undefined)
    const expression =
      form.type === 'decimal'
        ? `rt.decimal(${text})`
        : ['integer', 'positiveInt', 'unsignedInt'].includes(form.type)
          ? text
          : form.type === 'boolean'
            ? `(${text} === '1' ? 'true' : 'false')`
            : form.type === 'code'
              ? `rt.code(${text})`
              : `rt.quote(${text})`
    return this.#filled([form.column], [{ js: expression }])
  }

  #template(parts: ReadonlyArray<string | number>): Generated {
    const columns = parts.filter((part) => typeof part === 'number')
    return this.#filled(columns, [
      { js: `rt.quote(${render(parts.map((part) => (typeof part === 'number' ? { js: cell(part) } : part)))})` }
    ])
  }

  #reference(form: Form & { kind: 'reference' }): Generated {
    this.#mark(form)
    const link = this.#linker
    const id = `${link.reference(form.space)}(${form.key.length === 1 ? cell(form.key[0] ?? 0) : this.key(form.key)}, ${form.key.length === 1})`
    const pieces: Piece[] = ['{"reference":"', { js: id }, '"']
    if (form.identifier !== undefined) {
      pieces.push(
        `,"identifier":{"system":${JSON.stringify(link.sourceUri(form.identifier))},"value":`,
        { js: `rt.quote(${cell(form.key[0] ?? 0)})` },
        '}'
      )
    }
    if (form.display !== undefined) {
      const display = this.temporary(render(this.form(form.display).pieces))
      pieces.push({ js: `(${display} === '' ? '' : ',"display":' + ${display})` })
    }
    return this.#filled(form.key, [...pieces, '}'])
  }

  #map(form: Form & { kind: 'map' }): Generated {
    if (form.result === 'code') this.#mark(form, `${this.#linker.reversible(form)}(${cell(form.from[0] ?? 0)})`)
    else this.#mark(form)
    const out = this.#temp(`${this.#linker.codeMap(form)}(${form.from.map(cell).join(', ')}, miss)`)
    if (form.otherwise === undefined) return out
    const otherwise = form.otherwise
    // undefined: the map has no row, so that the form after "else" stands.
    const name = this.#name(out)
    this.lines.push(`if (${name} === undefined) {`)
    this.#into(name, () => this.form(otherwise))
    this.lines.push('}')
    return out
  }

  #period(form: Form & { kind: 'period' }): Generated {
    this.#mark(form)
    const [start, end] = [cell(form.start), cell(form.end)]
    const out = this.temporary("''")
    const from: Piece = { js: this.#dateTime(form.start) }
    const to: Piece = { js: this.#dateTime(form.end) }
    const later = `{"extension":[{"url":${JSON.stringify(this.#linker.endBeforeStart)},"valueDateTime":`
    this.lines.push(
      `if (${start} === '') { if (${end} !== '') ${out} = ${render(['{"end":', to, '}'])} }`,
      `else if (${end} === '') ${out} = ${render(['{"start":', from, '}'])}`,
      `else ${out} = ${end} < ${start} ? ${render([later, to, '}],"start":', from, '}'])} : ${render(['{"start":', from, ',"end":', to, '}'])}`
    )
    return { pieces: [{ js: out }], sure: this.#linker.columns[form.start]?.required === true, constant: false }
  }

  #quantity(form: Form & { kind: 'quantity' | 'range' }): Generated {
    const code = form.code === undefined ? "''" : render(this.form(form.code).pieces)
    const unit = form.unit === undefined ? "''" : typeof form.unit === 'number' ? cell(form.unit) : js(form.unit)
    const out = this.#temp(`rt.${form.kind}(${cell(form.value)}, ${unit}, ${code}, ${js(this.#linker.sourceText)})`)
    this.#mark(form, `${this.#name(out)} !== ''`)
    return out
  }

  #dateTime(column: number): string {
    const type = this.#linker.columns[column]?.type
    return type === 'timestamp' ? `${this.#linker.dateTime}(${cell(column)}, miss)` : `'"' + ${cell(column)}.slice(0, 10) + '"'`
  }

  /** Pieces that stand only where the cells are filled. */
  #filled(columns: readonly number[], pieces: readonly Piece[]): Generated {
    const open = [...new Set(columns)].filter((column) => this.#linker.columns[column]?.required !== true)
    if (open.length === 0) return { pieces, sure: true, constant: false }
    return this.#temp(`${open.map((column) => `${cell(column)} === ''`).join(' || ')} ? '' : ${render(pieces)}`)
  }

  #temp(expression: string): Generated {
    return { pieces: [{ js: this.temporary(expression) }], sure: false, constant: false }
  }

  /** Notes that the cells of a site were written, where that is not certain anyway. */
  #mark(form: Form, test?: string): void {
    if (this.#inMemo) return
    for (const site of this.#linker.sites.get(form) ?? []) {
      if (!site.conditional && test === undefined) continue
      this.tracked.add(site.column)
      this.lines.push(test === undefined ? `w${site.column} = true` : `if (${test}) w${site.column} = true`)
    }
  }

  /** Inside a memo only sites that are always reached count as written. */
  #markInside(form: Form): void {
    for (const inner of reachedForms(form)) {
      if (inner.kind === 'map' && inner.result === 'code')
        this.#mark(inner, `${this.#linker.reversible(inner)}(${cell(inner.from[0] ?? 0)})`)
      else if (inner.kind === 'column' && inner.type === 'code') this.#mark(inner, `rt.isCode(${cell(inner.column)})`)
      else this.#mark(inner)
    }
  }
}
