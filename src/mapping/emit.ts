/** The source text of a table's generated functions. */
import { cellTest } from './cells.js'
import { Generator } from './codegen.js'
import { emitResource, keptCells } from './emit-resource.js'
import { conditionSource, derivedSource, filledSource, keySource } from './expressions.js'
import { holdersOf, isSharedHome, itemHolder } from './holders.js'
import type { Linker, Surroundings } from './link.js'
import {
  alternatives,
  type Condition,
  type Form,
  fileColumns,
  type MergeModel,
  type Pack,
  type ResourceModel,
  type SlotModel,
  standingMerges,
  type TableModel
} from './model.js'
import { js, render } from './pieces.js'
import { certainColumns } from './sites.js'
import { childrenOf } from './walk.js'

/** `(c, merged, miss) => MappedResource[] | Rejection`. */
export function applySource(model: TableModel, around: Surroundings, linker: Linker): string {
  const generator = new Generator(linker)
  const leads = alternatives(model)
  for (const resource of model.resources.filter((one) => !leads.includes(one))) {
    const test = [filledSource(resource.key, resource.open, linker), whenSource(resource.when, linker)].filter(Boolean).join(' && ')
    generator.lines.push(test === '' ? '{' : `if (${test}) {`)
    const shared = isSharedHome(resource, model)
    // What is kept here is kept for this resource alone.
    if (shared) generator.lines.push(flags(model))
    const kept = shared
      ? keptCells(model, generator, linker, resource.key, certainColumns(linker.allSites, holderOf(model, resource)))
      : undefined
    generator.lines.push(`out.push(${emitResource(generator, resource, model, around, linker, kept)})`, '}')
  }
  countContributed(model, generator, linker)
  emitHomes(generator, model, around, linker)
  return `return (c, merged, miss) => {
${checks(model, linker).join('\n')}
${completion(model, linker, true).join('\n')}
${flags(model)}
const out = ${leads.length === 0 ? '[]' : '[undefined]'}
${generator.lines.join('\n')}
return out
}`
}

/** Makes what stands for the row: one of the alternatives, which goes first, or an item that was gathered before. It keeps the cells that stand nowhere else. */
function emitHomes(generator: Generator, model: TableModel, around: Surroundings, linker: Linker): void {
  const homes = homesOf(model)
  homes.forEach(({ home, test }, index) => {
    const condition = test(linker)
    generator.lines.push(`${index === 0 ? '' : '} else '}${condition === '' ? '{' : `if (${condition}) {`}`)
    if ('slots' in home) emitStanding(generator, home, model, linker)
    else {
      const certain = certainColumns(linker.allSites, holdersOf(home, model))
      const kept = keptCells(model, generator, linker, ownIndexes(model), certain)
      generator.lines.push(`out[0] = ${emitResource(generator, home, model, around, linker, kept)}`)
    }
    if (index === homes.length - 1) generator.lines.push(condition === '' ? '}' : '} else return rt.rejectHomeless()')
  })
}

/** An item of another resource: it must be among those that were gathered, or the row says something else than an earlier one with its key. */
function emitStanding(generator: Generator, merge: MergeModel, model: TableModel, linker: Linker): void {
  const [slot] = merge.slots
  if (slot === undefined) return
  if (merge.there !== undefined) {
    const key = merge.into.key.map((column) => model.columns[column]?.name).join(', ')
    generator.lines.push(`if (c[${merge.there}] === '') return rt.rejectMissing(${js(model.columns[merge.there]?.name ?? '')}, ${js(key)})`)
  }
  generator.lines.push(flags(model))
  const item = generator.temporary(itemSource(generator, merge, slot, model, linker))
  generator.lines.push(`if (merged?.get(${slotSource(slot)})?.includes(${item}) !== true) return rt.rejectRepeat()`)
  if (alternatives(model).length > 0) generator.lines.push('out.shift()')
}

/** What may stand for a row, in the order in which it is tried, with the test of each. */
function homesOf(model: TableModel): Array<{ home: ResourceModel | MergeModel; test: (linker: Linker) => string }> {
  return [
    ...alternatives(model).map((home) => ({ home, test: (linker: Linker) => whenSource(home.when, linker) })),
    ...standingMerges(model).map((home) => ({ home, test: (linker: Linker) => ownTest(home, linker) }))
  ]
}

function ownTest(merge: MergeModel, linker: Linker): string {
  return [filledSource(merge.into.key, merge.into.open, linker), whenSource(merge.when, linker)].filter(Boolean).join(' && ')
}

function whenSource(when: Condition | undefined, linker: Linker): string {
  return when === undefined ? '' : conditionSource(when, linker)
}

/** `(c) => number`: which of the alternatives, then of the items, stands for a row; -1 where none does. */
export function homeSource(model: TableModel, linker: Linker): string {
  const tests = homesOf(model).map(({ test }, index) => `if (${test(linker) || 'true'}) return ${index}`)
  return `return (c) => {\n${tests.join('\n')}\nreturn -1\n}`
}

/** `(c) => string[]`: the cells of the file with the computed ones behind. */
export function completeSource(model: TableModel, linker: Linker): string {
  return `return (c) => {\n${completion(model, linker, false).join('\n')}\nreturn c\n}`
}

/** Lines that put computed columns behind those of the file, and joined ones behind these. */
function completion(model: TableModel, linker: Linker, joined: boolean): string[] {
  const computed = model.computed.map(({ form }) => `c.push(${derivedSource(form, linker)})`)
  const joins = joined ? model.joins.map((join) => `c.push(merged?.get(${js(joinSlot(join.from, join.get))})?.[0] ?? '')`) : []
  return computed.length + joins.length === 0 ? [] : ['c = c.slice()', ...computed, ...joins]
}

/** What the row adds to other resources was made before and without counting: its unmapped values are counted here. Items that stand for the row count themselves. */
function countContributed(model: TableModel, generator: Generator, linker: Linker): void {
  for (const merge of model.merges.filter((one) => !one.standsForRow)) {
    const slots = merge.slots.filter((slot) => counts(slot.form))
    if (slots.length === 0) continue
    generator.lines.push(`if (${ownTest(merge, linker) || 'true'}) {`)
    for (const slot of slots) generator.form(slot.form)
    generator.lines.push('}')
  }
}

/** Whether making a form may count something. */
function counts(form: Form): boolean {
  if (form.kind === 'map') return !form.quiet
  return form.kind === 'period' || form.kind === 'dateTime' || childrenOf(form).some(counts)
}

/** `(c, miss) => Contribution[] | Rejection`. */
export function contributeSource(model: TableModel, pack: Pack, linker: Linker): string {
  const generator = new Generator(linker)
  const homes = homesOf(model)
  for (const merge of model.merges) {
    const before = merge.standsForRow
      ? homes.slice(
          0,
          homes.findIndex(({ home }) => home === merge)
        )
      : []
    const tests = [...before.map(({ test }) => `!(${test(linker) || 'true'})`), ownTest(merge, linker)].filter(Boolean)
    generator.lines.push(`if (${tests.join(' && ') || 'true'}) {`, flags(model))
    const target = generator.temporary(`${linker.id(merge.into.space)}(${keySource(merge.into.key, linker)})`)
    const order = generator.temporary(keySource(merge.order, linker))
    for (const slot of merge.slots) {
      const made = merge.standsForRow ? itemSource(generator, merge, slot, model, linker) : render(generator.form(slot.form).pieces)
      const value = generator.temporary(made)
      generator.lines.push(
        `if (${value} !== '') out.push({ target: ${target}, slot: ${slotSource(slot)}, order: ${order}, value: ${value} })`
      )
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
  return `return (c, miss) => {
${checks(model, linker).join('\n')}
${completion(model, linker, false).join('\n')}
const out = []
${generator.lines.join('\n')}
return out
}`
}

/** JSON text of an item that stands for a row, with the cells that stand nowhere else. The key of what it goes into is read from there. */
function itemSource(generator: Generator, merge: MergeModel, slot: SlotModel, model: TableModel, linker: Linker): string {
  const certain = new Set([...certainColumns(linker.allSites, new Set([itemHolder(model, merge)])), ...merge.into.key])
  const kept = keptCells(model, generator, linker, ownIndexes(model), certain)
  return render(generator.item(slot.form, kept).pieces)
}

function slotSource(slot: SlotModel): string {
  return slot.part === undefined ? js(slot.name) : `${js(`${slot.name}:`)} + c[${slot.part}]`
}

/** Declares a flag for each column: written where it can be read back (w), or empty where something else was written in its place (e). */
function flags(model: TableModel): string {
  const names = model.columns.slice(0, fileColumns(model)).flatMap((_, index) => [`w${index} = false`, `e${index} = false`])
  return names.length === 0 ? '' : `let ${names.join(', ')}`
}

function ownIndexes(model: TableModel): number[] {
  return model.columns.slice(0, fileColumns(model)).map((_, index) => index)
}

function holderOf(model: TableModel, resource: ResourceModel): ReadonlySet<number> {
  return new Set([model.resources.indexOf(resource)])
}

/** The id space in which a table's rows wait for joins. */
export function joinSpace(table: string): string {
  return `join:${table}`
}

/** The slot in which a column waits for the rows that join it. */
export function joinSlot(table: string, column: string): string {
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
