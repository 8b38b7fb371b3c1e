/** How the items of a list are told apart on the way back: by what stands in them beside the cell. */
import type { Form, FormMember, SlotModel } from './model.js'
import { columnsOf } from './walk.js'

/** At a path inside an item stands a text (JSON, or the beginning of a string where prefix is set), or anything at all where text is undefined. */
export interface Mark {
  readonly path: readonly string[]
  readonly text: string | undefined
  readonly prefix: boolean
}

/** What forms become in the resources of one source. */
export interface Names {
  /** Type prefix of references into an id space: `Patient/`. */
  readonly prefix: (space: string) => string
  readonly sourceUri: (name: string) => string
}

/** What stands in an object whenever it is there. path: where the object stands in the item. */
export function literalMarks(members: readonly FormMember[], names: Names, path: readonly string[]): Mark[] {
  return members.flatMap(({ name, form, choice }): Mark[] => {
    if (choice !== undefined) return []
    if (form.kind === 'literal') return [{ path: [...path, name], text: form.json, prefix: false }]
    if (form.kind === 'object' && columnsOf(form).size === 0) return literalMarks(form.members, names, [...path, name])
    return form.kind === 'source' ? [{ path: [...path, name], text: JSON.stringify(names.sourceUri(form.name)), prefix: false }] : []
  })
}

/** What stands in every item that a slot adds to a list. */
export function itemMarks(slot: SlotModel | undefined, names: Names): Mark[] {
  return slot?.form.kind === 'object' ? literalMarks(slot.form.members, names, []) : []
}

/** Whether no item that the form makes can have the mark. */
export function excludes(form: Form, mark: Mark, names: Names, path: readonly string[] = mark.path): boolean {
  const [name, ...rest] = path
  if (name === undefined && mark.text === undefined) return false
  switch (form.kind) {
    case 'if':
      return excludes(form.whenTrue, mark, names, path) && (form.otherwise === undefined || excludes(form.otherwise, mark, names, path))
    case 'first':
      return form.items.every((item) => excludes(item, mark, names, path))
    case 'object':
      return alternatives(form.members)
        .filter((member) => member.name === name)
        .every((member) => excludes(member.form, mark, names, rest))
    case 'literal':
      return name !== undefined || differs(form.json, mark)
    case 'source':
      return name !== undefined || differs(JSON.stringify(names.sourceUri(form.name)), mark)
    case 'reference':
      if (name === 'reference') return differs(JSON.stringify(names.prefix(form.space)), mark)
      return !((name === 'identifier' && form.identifier !== undefined) || (name === 'display' && form.display !== undefined))
    case 'map': {
      const other = form.otherwise === undefined || excludes(form.otherwise, mark, names, path)
      if (form.result === 'code') return other && name !== undefined
      if (form.result === 'CodeableConcept') return other && name !== 'coding' && name !== 'text'
      const own = form.result === 'Coding' ? [form.map.local] : []
      const systems = [...own, ...[...form.map.rows.values()].flat(2).map((target) => target.coding?.system)]
      if (name === 'system') return other && systems.every((system) => differs(JSON.stringify(system ?? ''), mark))
      return other && name !== 'code' && name !== 'display'
    }
    case 'quantity':
      return !['extension', 'value', 'comparator', 'unit', 'system', 'code'].includes(name ?? '')
    case 'range':
      return !['extension', 'low', 'high'].includes(name ?? '')
    case 'period':
      return !['extension', 'start', 'end'].includes(name ?? '')
    case 'array':
      return false
    default:
      // Plain values have nothing inside them.
      return name !== undefined
  }
}

/** Members with the alternatives of a choice in its place. */
function alternatives(members: readonly FormMember[]): readonly FormMember[] {
  return members.flatMap((member) => member.choice ?? [member])
}

function differs(json: string, mark: Mark): boolean {
  if (mark.text === undefined) return false
  return mark.prefix ? !json.startsWith(JSON.stringify(mark.text).slice(0, -1)) : json !== mark.text
}
