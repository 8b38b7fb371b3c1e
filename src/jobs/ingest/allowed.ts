/** Which sources a job may read: a server that reads whatever file it is told to would give away what its user can read. */
import { readdir, realpath } from 'node:fs/promises'
import { join, resolve, sep } from 'node:path'
import { fail } from '../../errors.js'

/**
 * Throws job.source for what is not in one of the folders or below one of the gs:// prefixes of WARDBRIDGE_INGEST_SOURCES (allowed). Without a prefix there
 * every gs:// that the credentials reach may be read. A symbolic link counts as what it leads to, also one in a folder that is named.
 */
export async function checkSources(sources: readonly string[], allowed: readonly string[]): Promise<void> {
  for (const source of sources) {
    const isFine =
      (await isAllowed(source, allowed)) && (await Promise.all((await linksIn(source)).map((link) => isAllowed(link, allowed))))
    if (isFine === false || isFine.includes(false)) throw fail('job.source', { source: source.slice(0, 200) })
  }
}

/** Loads read a folder one level deep. */
async function linksIn(source: string): Promise<string[]> {
  if (isBucket(source)) return []
  try {
    const entries = await readdir(source, { withFileTypes: true })
    return entries.filter((entry) => entry.isSymbolicLink()).map((entry) => join(source, entry.name))
  } catch {
    return []
  }
}

async function isAllowed(source: string, allowed: readonly string[]): Promise<boolean> {
  if (isBucket(source)) {
    const prefixes = allowed.filter(isBucket)
    return prefixes.length === 0 || prefixes.some((prefix) => isBelow(source, prefix, '/'))
  }
  // Another scheme is no path, and "file://" must not become one.
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(source)) return false
  const path = await whereItLeads(resolve(source))
  for (const folder of allowed) if (!isBucket(folder) && isBelow(path, await whereItLeads(resolve(folder)), sep)) return true
  return false
}

function isBucket(place: string): boolean {
  return place.startsWith('gs://')
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
