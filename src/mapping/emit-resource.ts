/** Source text that makes one resource of a row: its members, what other rows add, and the cells that are kept as they are. */
import type { Generator } from './codegen.js'
import { derivedSource, keySource } from './expressions.js'
import type { Linker, Surroundings } from './link.js'
import {
  type Form,
  type FormMember,
  fileColumns,
  isOwned,
  type ResourceModel,
  type SlotModel,
  slotsInto,
  type TableModel
} from './model.js'
import { inOrder } from './order.js'
import { type Generated, js, labelled, render } from './pieces.js'

/** Expression for the resource object. kept: extension items, made after everything else; undefined where nothing is kept. */
export function emitResource(
  generator: Generator,
  resource: ResourceModel,
  model: TableModel,
  around: Surroundings,
  linker: Linker,
  kept: ReadonlyArray<() => Generated> | undefined
): string {
  const id = generator.temporary(`${linker.id(resource.as)}(${keySource(resource.key, linker)})`)
  const slots = slotsInto(around.pack, resource.as)
  const names = new Set([...resource.members.map((member) => member.name), ...slots.map((slot) => slot.member)])
  if (kept !== undefined) names.add('extension')
  if (around.lineage) names.add('meta')
  const made = new Map<string, Generated[]>()
  for (const name of [...names].sort((a, b) => Number(a === 'extension') - Number(b === 'extension'))) {
    const member = resource.members.find((one) => one.name === name)
    const more = name === 'extension' ? (kept ?? []) : []
    made.set(name, memberOf(generator, name, name === 'meta' ? withLineage(member, resource, model, around) : member, slots, more))
  }
  const head: Generated[] = [{ pieces: [`"resourceType":"${resource.type}","id":"`, { js: id }, '"'], sure: true, constant: false }]
  const text = generator.join([...head, ...inOrder(resource.type, [...names]).flatMap((name) => made.get(name) ?? [])], '{', '}')
  return `{ as: ${js(resource.as)}, type: ${js(resource.type)}, id: ${id}, text: ${render(text.pieces)} }`
}

/** A member with what other rows add to it, and the cells that are kept as they are. */
function memberOf(
  generator: Generator,
  name: string,
  member: FormMember | undefined,
  slots: readonly SlotModel[],
  kept: ReadonlyArray<() => Generated>
): Generated[] {
  const incoming = slots.filter((slot) => slot.member === name)
  if (member?.choice !== undefined) return generator.member(member)
  const whole = incoming.filter((slot) => !slot.item)
  if (whole.length > 0) {
    const base = member === undefined ? "''" : render(generator.form(member.form).pieces)
    const value = generator.temporary(`${whole.map((slot) => `merged?.get(${js(slot.name)})?.[0]`).join(' ?? ')} ?? ${base}`)
    return [labelled(name, { pieces: [{ js: value }], sure: false, constant: false })]
  }
  const items = incoming.map((slot) => (): Generated => {
    const missing = slot.missing.map((one) => `[${js(one.name)}, ${generator.temporary(render(generator.form(one.form).pieces))}]`)
    const gathered =
      slot.part === undefined
        ? `merged?.get(${js(slot.name)})?.join(',') ?? ''`
        : `rt.parts(merged, ${js(`${slot.name}:`)}, [${missing.join(', ')}])`
    return { pieces: [{ js: generator.temporary(gathered) }], sure: false, constant: false }
  })
  const own: ReadonlyArray<() => Generated> =
    member === undefined ? [] : member.form.kind === 'array' ? member.form.items.map((item) => () => generator.form(item)) : []
  if (items.length === 0 && kept.length === 0) return member === undefined ? [] : generator.member(member)
  return [labelled(name, generator.array([...own, ...items, ...kept]))]
}

/** Cells that stand nowhere else go into source-cell extensions, so that no column is ever lost. */
export function keptCells(
  model: TableModel,
  generator: Generator,
  linker: Linker,
  columns: readonly number[],
  certain: ReadonlySet<number>
): Array<() => Generated> {
  return columns.flatMap((index) => {
    const column = model.columns[index]
    if (column === undefined || index >= fileColumns(model) || certain.has(index) || column.lossy !== undefined) return []
    const head = `{"url":${js(linker.sourceCell)},"extension":[{"url":"column","valueCode":${js(column.name)}}`
    const full = `${js(`${head},{"url":"value","valueString":`)} + rt.quote(c[${index}]) + '}]}'`
    const empty = js(`${head}]}`)
    const text = `c[${index}]`
    const derived = column.derived === undefined ? undefined : derivedSource(column.derived, linker)
    const code =
      derived === undefined
        ? `${text} === '' ? (e${index} ? ${empty} : '') : w${index} ? '' : ${full}`
        : `${text} === ${derived} || (w${index} && ${text} !== '') ? '' : ${text} === '' ? ${empty} : ${full}`
    return [() => ({ pieces: [{ js: generator.temporary(code) }], sure: false, constant: false })]
  })
}

/** meta.source = source#table/key: from which row the resource was made; source#table for what several rows make alike. */
function withLineage(
  member: FormMember | undefined,
  resource: ResourceModel,
  model: TableModel,
  around: Surroundings
): FormMember | undefined {
  if (!around.lineage) return member
  const key = isOwned(resource, model) ? model.key.flatMap((column): Array<string | number> => ['/', column]) : []
  const source: Form = { kind: 'template', parts: [`${around.source}#${model.table}`, ...key], type: 'uri' }
  const own = member?.form.kind === 'object' ? member.form.members : []
  return { name: 'meta', form: { kind: 'object', members: [{ name: 'source', form: source }, ...own] } }
}
