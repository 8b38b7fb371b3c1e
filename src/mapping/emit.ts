/** The source text of a table's generated functions. */
import { cellTest } from './cells.js'
import { Generator } from './codegen.js'
import { conditionSource, derivedSource, keySource, orderSource } from './expressions.js'
import type { Linker, Surroundings } from './link.js'
import {
  type Form,
  type FormMember,
  fileColumns,
  type Pack,
  type ResourceModel,
  type SlotModel,
  slotsInto,
  type TableModel
} from './model.js'
import { inOrder } from './order.js'
import { type Generated, js, labelled, render } from './pieces.js'
import { childrenOf } from './walk.js'

/** `(c, merged, miss) => MappedResource[] | Rejection`. certain: columns that can be read back whatever the row holds. */
export function applySource(model: TableModel, around: Surroundings, linker: Linker, certain: ReadonlySet<number>): string {
  const generator = new Generator(linker)
  const [first, ...others] = model.resources
  for (const resource of others) {
    const filled = resource.key.filter((column) => model.columns[column]?.required !== true).map((column) => `c[${column}] !== ''`)
    const tests = [...filled, ...(resource.when === undefined ? [] : [conditionSource(resource.when, linker)])]
    generator.lines.push(tests.length === 0 ? '{' : `if (${tests.join(' && ')}) {`)
    generator.lines.push(`out.push(${emitResource(generator, resource, model, around, linker, [])})`, '}')
  }
  countContributed(model, generator)
  // The first resource comes last: it keeps the cells that stand nowhere else.
  if (first !== undefined) {
    generator.lines.push(`out[0] = ${emitResource(generator, first, model, around, linker, keptCells(model, generator, linker, certain))}`)
  }
  const flags = model.columns.flatMap((_, index) => (certain.has(index) ? [] : [`w${index} = false`]))
  const joined = model.joins.map((join) => `merged?.get(${js(joinSlot(join.from, join.get))})?.[0] ?? ''`)
  return `return (c, merged, miss) => {
${checks(model, linker).join('\n')}
${flags.length === 0 ? '' : `let ${flags.join(', ')}`}
${joined.length === 0 ? '' : `c = [...c, ${joined.join(', ')}]`}
const out = ${first === undefined ? '[]' : '[undefined]'}
${generator.lines.join('\n')}
return out
}`
}

/** What the row adds to other resources was made before and without counting: its unmapped values are counted here. */
function countContributed(model: TableModel, generator: Generator): void {
  for (const merge of model.merges) {
    const slots = merge.slots.filter((slot) => counts(slot.form))
    if (slots.length === 0) continue
    generator.lines.push(`if (${filledSource(merge.into.key)}) {`)
    for (const slot of slots) generator.form(slot.form)
    generator.lines.push('}')
  }
}

/** Whether making a form may count something. */
function counts(form: Form): boolean {
  if (form.kind === 'map') return !form.quiet
  return form.kind === 'period' || form.kind === 'dateTime' || childrenOf(form).some(counts)
}

function filledSource(columns: readonly number[]): string {
  return columns.map((column) => `c[${column}] !== ''`).join(' && ')
}

/** `(c, miss) => Contribution[] | Rejection`. */
export function contributeSource(model: TableModel, pack: Pack, linker: Linker): string {
  const generator = new Generator(linker)
  for (const merge of model.merges) {
    generator.lines.push(`if (${filledSource(merge.into.key)}) {`)
    const target = generator.temporary(`${linker.id(merge.into.space)}(${keySource(merge.into.key, linker)})`)
    const order = generator.temporary(orderSource(merge.order, linker))
    for (const slot of merge.slots) {
      const value = generator.temporary(render(generator.form(slot.form).pieces))
      generator.lines.push(`if (${value} !== '') out.push({ target: ${target}, slot: ${js(slot.name)}, order: ${order}, value: ${value} })`)
    }
    generator.lines.push('}')
  }
  for (const [from, name] of joinsOf(model, pack)) {
    const column = model.columns.findIndex((one) => one.name === name)
    const target = `${linker.id(joinSpace(from))}(${keySource(model.key, linker)})`
    generator.lines.push(
      `if (c[${column}] !== '') out.push({ target: ${target}, slot: ${js(joinSlot(from, name))}, order: '[]', value: c[${column}] })`
    )
  }
  const flags = model.columns.map((_, index) => `w${index} = false`)
  return `return (c, miss) => {
${checks(model, linker).join('\n')}
let ${flags.join(', ')}
const out = []
${generator.lines.join('\n')}
return out
}`
}

/** The id space in which a table's rows wait for joins. */
export function joinSpace(table: string): string {
  return `join:${table}`
}

function joinSlot(table: string, column: string): string {
  return `latest:join:${table}:${column}`
}

/** The columns of a table that others join, each once. */
export function joinsOf(model: TableModel, pack: Pack): Array<readonly [string, string]> {
  const wanted = [...pack.tables.values()].flatMap((table) =>
    table.joins.filter((join) => join.from === model.table).map((join) => join.get)
  )
  return [...new Set(wanted)].map((name) => [model.table, name] as const)
}

/** `(c) => string`: JSON text of a key. */
export function keyFunctionSource(columns: readonly number[], linker: Linker): string {
  return `return (c) => ${keySource(columns, linker)}`
}

function checks(model: TableModel, linker: Linker): string[] {
  return model.columns.slice(0, fileColumns(model)).flatMap((column, index) => {
    const test = cellTest(column.type)
    const name = test === undefined ? '' : linker.constant(test)
    const empty = column.required ? [`if (c[${index}] === '') return rt.rejectEmpty(${js(column.name)})`] : []
    const filled = column.required ? '' : `c[${index}] !== '' && `
    return [
      ...empty,
      ...(test === undefined ? [] : [`if (${filled}!${name}(c[${index}])) return rt.rejectCell(${js(column.name)}, ${js(column.type)})`])
    ]
  })
}

/** Expression for the resource object. kept: extension items, made after everything else. */
function emitResource(
  generator: Generator,
  resource: ResourceModel,
  model: TableModel,
  around: Surroundings,
  linker: Linker,
  kept: ReadonlyArray<() => Generated>
): string {
  const id = generator.temporary(`${linker.id(resource.as)}(${keySource(resource.key, linker)})`)
  const slots = slotsInto(around.pack, resource.as)
  const names = new Set([...resource.members.map((member) => member.name), ...slots.map((slot) => slot.member)])
  const extensible = resource === model.resources[0]
  if (extensible) names.add('extension')
  if (around.lineage) names.add('meta')
  const made = new Map<string, Generated[]>()
  for (const name of [...names].sort((a, b) => Number(a === 'extension') - Number(b === 'extension'))) {
    const member = resource.members.find((one) => one.name === name)
    const more = name === 'extension' && extensible ? kept : []
    made.set(name, memberOf(generator, name, name === 'meta' ? withLineage(member, model, around) : member, slots, more))
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
    const value = generator.temporary(`merged?.get(${js(slot.name)})?.join(',') ?? ''`)
    return { pieces: [{ js: value }], sure: false, constant: false }
  })
  const own: ReadonlyArray<() => Generated> =
    member === undefined ? [] : member.form.kind === 'array' ? member.form.items.map((item) => () => generator.form(item)) : []
  if (items.length === 0 && kept.length === 0) return member === undefined ? [] : generator.member(member)
  return [labelled(name, generator.array([...own, ...items, ...kept]))]
}

/** Cells that stand nowhere else go into source-cell extensions, so that no column is ever lost. */
function keptCells(model: TableModel, generator: Generator, linker: Linker, certain: ReadonlySet<number>): Array<() => Generated> {
  return model.columns.slice(0, fileColumns(model)).flatMap((column, index) => {
    if (certain.has(index) || column.lossy !== undefined) return []
    const head = `{"url":${js(linker.sourceCell)},"extension":[{"url":"column","valueCode":${js(column.name)}}`
    const full = `${js(`${head},{"url":"value","valueString":`)} + rt.quote(c[${index}]) + '}]}'`
    const text = `c[${index}]`
    const derived = column.derived === undefined ? undefined : derivedSource(column.derived, linker)
    const code =
      derived === undefined
        ? `${text} === '' || w${index} ? '' : ${full}`
        : `${text} === ${derived} || (w${index} && ${text} !== '') ? '' : ${text} === '' ? ${js(`${head}]}`)} : ${full}`
    return [() => ({ pieces: [{ js: generator.temporary(code) }], sure: false, constant: false })]
  })
}

/** meta.source = source#table/key: from which row the resource was made. */
function withLineage(member: FormMember | undefined, model: TableModel, around: Surroundings): FormMember | undefined {
  if (!around.lineage) return member
  const key = model.key.flatMap((column): Array<string | number> => ['/', column])
  const source: Form = { kind: 'template', parts: [`${around.source}#${model.table}`, ...key], type: 'uri' }
  const own = member?.form.kind === 'object' ? member.form.members : []
  return { name: 'meta', form: { kind: 'object', members: [{ name: 'source', form: source }, ...own] } }
}
