/** The mapping language: load a pack, compile it for a source, map rows, read them back. See README.md. */

export { type CodeMapTable, type CodeMapTarget, codeMapTable } from './codemap-rows.js'
export { type CompileOptions, compilePack } from './compile.js'
export { conditionText } from './condition-text.js'
export { explain, type LineageRow } from './explain.js'
export { below } from './link.js'
export { compareKeys, mergeContributions } from './merge.js'
export type { Form, Pack, Problem, TableModel } from './model.js'
export { isOwned } from './model.js'
export { checkPack, isPublic, loadPack, type PackSource } from './pack.js'
export { type Part, type Traced, Tracer } from './trace.js'
export type { Column, CompiledPack, CompiledTable, Contribution, MappedResource, MergedValues, Rejection, UnmappedSink } from './types.js'
export { sourceColumns } from './walk.js'
