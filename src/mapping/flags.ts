/** `w3 = true`: the text of column 3 was written where it can be read back. What stays unflagged goes into a source-cell extension. */
import { cell, fitsSource, openColumns, unitSource } from './expressions.js'
import type { Linker } from './link.js'
import type { Form } from './model.js'
import type { Site } from './sites.js'

/** The flags that a form sets once it was made; none for sites that hold every cell anyway. made: tells whether a quantity or range was made. */
export function flagLines(form: Form, linker: Linker, made?: string): string[] {
  return (linker.sites.get(form) ?? []).flatMap((site) => {
    const test = testOf(site, linker, made)
    if (site.decoder === 'unit' && form.kind === 'quantity' && form.unitElse !== undefined) {
      const instead = `${test} && ${cell(site.column)} === '' && ${unitSource(form)} !== ''`
      return [`if (${instead}) e${site.column} = true`, `else if (${test}) w${site.column} = true`]
    }
    if (test !== undefined) return [`if (${test}) w${site.column} = true`]
    return site.conditional ? [`w${site.column} = true`] : []
  })
}

/** The test whether a filled cell can be read back from a site; undefined where every one can. */
function testOf({ form, decoder, column }: Site, linker: Linker, made: string | undefined): string | undefined {
  if (form.kind === 'column' && decoder === 'fitting') return form.type === 'code' ? `rt.isCode(${cell(column)})` : fitsSource(form, linker)
  if (decoder === 'trimmed') return `${cell(column)}.trim() === ${cell(column)}`
  if (form.kind === 'trim') return `rt.isCode(${cell(column)})`
  if (decoder === 'bareNumber') return `rt.decimal(${cell(column)}) === ${cell(column)}`
  if (decoder === 'base64') return `rt.isWellFormed(${cell(column)})`
  if (form.kind === 'map' && decoder === 'reverse') return `${linker.reversible(form)}(${cell(column)})`
  if (form.kind === 'quantity') return made ?? `rt.isMeasure(${cell(form.value)}, ${unitSource(form)}, ${form.simple}, ${form.thousands})`
  if (form.kind === 'date' && linker.columns[column]?.type === 'timestamp') return `rt.isMidnight(${cell(column)})`
  if (form.kind === 'range') return made ?? `rt.isRange(${cell(form.value)})`
  if (form.kind !== 'reference') return undefined
  // A reference is missing as soon as one of its key columns is empty.
  const others = openColumns(form.key.slice(1), linker)
    .filter((one) => !form.open.has(one))
    .map((one) => `${cell(one)} !== ''`)
  return others.join(' && ') || undefined
}
