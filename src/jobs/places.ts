/** Which places a job may read or write: a server that takes whatever file it is told to would give away, or replace, what its user can. */
import { readdir, realpath } from 'node:fs/promises'
import { join, resolve, sep } from 'node:path'
import { fail } from '../errors.js'

/** The settings that name them. */
export const INGEST_SOURCES = 'WARDBRIDGE_INGEST_SOURCES'
export const EXPORT_TARGETS = 'WARDBRIDGE_EXPORT_TARGETS'

/**
 * Throws job.place for what is not in one of the folders or below one of the gs:// or bq:// prefixes of a setting (allowed). Without a prefix of a scheme there
 * everything of that scheme that the credentials reach may be used. A symbolic link counts as what it leads to, also one in a folder that is named.
 */
export async function checkPlaces(places: readonly string[], allowed: readonly string[], setting: string): Promise<void> {
  for (const place of places) {
    const all = await Promise.all([place, ...(await linksIn(place))].map((one) => isAllowed(one, allowed)))
    if (all.includes(false)) throw fail('job.place', { place: place.slice(0, 200), setting })
  }
}

/** Loads read a folder one level deep. */
async function linksIn(source: string): Promise<string[]> {
  if (remote(source) !== undefined) return []
  try {
    const entries = await readdir(source, { withFileTypes: true })
    return entries.filter((entry) => entry.isSymbolicLink()).map((entry) => join(source, entry.name))
  } catch {
    return []
  }
}

async function isAllowed(source: string, allowed: readonly string[]): Promise<boolean> {
  const scheme = remote(source)
  if (scheme !== undefined) {
    const prefixes = allowed.filter((one) => remote(one) === scheme)
    return prefixes.length === 0 || prefixes.some((prefix) => isBelow(source, prefix, '/'))
  }
  // Another scheme is no path, and "file://" must not become one.
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(source)) return false
  const path = await whereItLeads(resolve(source))
  for (const folder of allowed) if (remote(folder) === undefined && isBelow(path, await whereItLeads(resolve(folder)), sep)) return true
  return false
}

function remote(place: string): string | undefined {
  return /^(?:gs|bq):\/\//.exec(place)?.[0]
}

function isBelow(path: string, place: string, separator: string): boolean {
  const top = place.endsWith(separator) ? place : `${place}${separator}`
  return path === place || path.startsWith(top)
}

/** What is not there leads to itself, below what its folder leads to. */
async function whereItLeads(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch {
    const parent = resolve(path, '..')
    return parent === path ? path : resolve(await whereItLeads(parent), path.slice(parent.length).replace(/^[\\/]+/, ''))
  }
}
