import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openFolderObjects } from '#wardbridge/files/folder-objects.js'
import { openStore } from '#wardbridge/store/open.js'
import { startTwin } from '../support/twin.js'
import type { Open } from './repository.js'

/** A store of the Cloud Healthcare API in a twin of its own, over HTTP; claims are in a folder. */
export const openHealthcare: Open = async (t, { referentialIntegrity = false } = {}) => {
  const folder = mkdtempSync(join(tmpdir(), 'wardbridge-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const { store: name, google } = await startTwin(t, { validation: 'off', referentialIntegrity: referentialIntegrity ? 'on' : 'off' })
  const store = await openStore(name, { google, objects: openFolderObjects(folder) })
  t.teardown(() => store.close())
  return store
}
