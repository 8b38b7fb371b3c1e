/** `wardbridge ingest --dry-run`: what a load would come to, with nothing written. */
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { DryRunReport, LoadOptions } from '../ingest/index.js'
import { type LoadCommandOptions, loadOptions } from './load-command.js'
import { group } from './progress.js'
import { count, dispositions } from './report.js'
import { OPERATOR, withService } from './store-access.js'

/** Reads the store where there is one; makes neither a store nor a state. Throws as a load. */
export async function runDry(
  sources: readonly string[],
  options: LoadCommandOptions,
  live: Pick<LoadOptions, 'signal' | 'onProgress'>
): Promise<DryRunReport> {
  const { isBucketPath, isStoreName, loadSettings } = await import('../config.js')
  const { dryRun } = await import('../ingest/index.js')
  const { store, state } = loadSettings({ store: options.store, state: options.state })
  // Ids are others with another secret, and nothing else is.
  const hasState = isBucketPath(state) || existsSync(join(state, 'service.db'))
  const load = { ...(await loadOptions(sources, options, hasState ? undefined : randomBytes(32))), ...live }
  if (!isStoreName(store) && !existsSync(store)) return dryRun(load, undefined, OPERATOR)
  return withService({ store: options.store, state: options.state }, (service) => dryRun(load, service, OPERATOR))
}

/** The report for people. */
export function dryRunText(report: DryRunReport): string {
  const { files, resources, references, withoutId, invalid, totals } = report
  const lines = [dispositions(report), '']
  for (const { file, contentStructure, resources: single, bundles, unreadable, withoutId: without } of files) {
    const parts = [
      ...(single > 0 ? [count(single, 'resource')] : []),
      ...(bundles > 0 ? [count(bundles, 'Bundle')] : []),
      ...(unreadable > 0 ? [`${group(unreadable)} that are no JSON`] : []),
      ...(without > 0 ? [`${group(without)} without an id`] : [])
    ]
    lines.push(`${file}: ${contentStructure}, ${parts.join(', ')}`)
  }
  if (files.length > 0) lines.push('')
  lines.push(`${count(totals.resources, 'resource')}: ${counts(resources) || 'none'}`)
  if (withoutId > 0) lines.push(`${group(withoutId)} without an id of their own; they get one made from their fullUrl or content`)
  for (const [name, n] of Object.entries(invalid.byRule)) lines.push(`rejected: ${name} (${count(n, 'time')})`)
  for (const { file, line, column } of invalid.examples) lines.push(`  ${file}:${line}${column === undefined ? '' : ` ${column}`}`)
  const { total, dangling, missing, examples } = references
  lines.push(
    `${count(total, 'reference')}, ${group(dangling)} of them to ${dangling === 0 ? 'nothing' : `what is not there: ${counts(missing)}`}`
  )
  for (const { target, count: n, from } of examples) lines.push(`  ${target} (${count(n, 'time')}, first in ${from})`)
  lines.push('dry run: nothing was written', '')
  return lines.join('\n')
}

function counts(byType: Readonly<Record<string, number>>): string {
  return Object.entries(byType)
    .map(([type, n]) => `${type} ${group(n)}`)
    .join(', ')
}
