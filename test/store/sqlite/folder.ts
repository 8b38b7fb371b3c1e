import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'

/** A new folder that goes away with the test. */
export function newFolder(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'wardbridge-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
