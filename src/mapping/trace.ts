/**
 * Which cells made which part of a resource. Code that is generated with a tracer puts marks around what each form makes; control characters never stand
 * in JSON text, so that the marks are told from it and taken out again.
 */
import type { CodeMap } from './codemap.js'
import type { Form, TableModel } from './model.js'
import type { MapFunction } from './runtime.js'
import { ownColumns } from './walk.js'

const MARK = '\u0001'
const MARK_NUMBERED = '\u0002'
/** Ends what a mark began. */
export const MARK_END = '\u0003'

/** A part of a JSON text and the form that made it. */
export interface Part {
  /** Offsets in the text, the end behind the last character. */
  readonly start: number
  readonly end: number
  /** The table of the row whose cells these are: another one than the resource's own where its row adds to this resource. */
  readonly table: TableModel
  readonly form: Form
  /** What the form itself reads; for `if` the columns that decide. */
  readonly columns: readonly number[]
}

export interface Traced {
  readonly text: string
  /** In the order of their starts; a part within another comes after it. */
  readonly parts: readonly Part[]
}

/** A look-up in a code map: the cells it was made with, by column name in the order of the form's columns. */
export interface Looked {
  readonly map: CodeMap
  readonly names: readonly string[]
  readonly cells: readonly string[]
}

type Origin = Pick<Part, 'table' | 'form' | 'columns'>

export class Tracer {
  readonly #origins: Origin[] = []
  readonly #numbers = new Map<Form, number>()
  /** Called for each look-up in a code map. */
  onLook: ((looked: Looked) => void) | undefined

  /** The mark for a form; undefined for forms that only hold others. */
  begin(table: TableModel, form: Form): string | undefined {
    if (['literal', 'source', 'object', 'array', 'first'].includes(form.kind)) return undefined
    // One mark for a form, however often code is made from it: items are compared as texts.
    let number = this.#numbers.get(form)
    if (number === undefined) {
      number = this.#origins.push({ table, form, columns: [...new Set(ownColumns(form))] }) - 1
      this.#numbers.set(form, number)
    }
    return MARK + number + MARK_NUMBERED
  }

  /** The same function, telling onLook. */
  watch(map: CodeMap, names: readonly string[], look: MapFunction): MapFunction {
    return (...args) => {
      this.onLook?.({ map, names, cells: args.slice(0, -1) as string[] })
      return look(...args)
    }
  }

  /** Takes the marks out of a text. */
  read(marked: string): Traced {
    const open: Array<Part & { end: number }> = []
    const parts: Part[] = []
    let text = ''
    let at = 0
    for (const { index, 0: mark, 1: number } of marked.matchAll(MARKS)) {
      text += marked.slice(at, index)
      at = index + mark.length
      if (number === undefined) {
        const part = open.pop()
        if (part !== undefined) part.end = text.length
        continue
      }
      const origin = this.#origins[Number(number)]
      if (origin === undefined) throw new Error(`no form has the mark ${number}`)
      const part = { ...origin, start: text.length, end: -1 }
      open.push(part)
      parts.push(part)
    }
    return { text: text + marked.slice(at), parts }
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what marks are made of
const MARKS = /\u0001(\d+)\u0002|\u0003/g
