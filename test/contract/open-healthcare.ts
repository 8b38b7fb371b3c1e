import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import type { GoogleSettings } from '#wardbridge/config-google.js'
import { openFolderObjects } from '#wardbridge/files/folder-objects.js'
import { openStore } from '#wardbridge/store/open.js'
import { startStorage } from '../support/storage-server.js'
import { startTwin, type TwinServer } from '../support/twin.js'
import type { Open } from './repository.js'

/** Opens stores of the Cloud Healthcare API in a twin, over HTTP; each is a store of its own, whose claims are in a folder. t: for whose time the twin runs. */
export async function healthcareStores(t: Test): Promise<Open> {
  return openIn(await startTwin(t))
}

/** The same with a Cloud Storage beside it, from which the twin imports: then there are bulk loads. */
export async function importingStores(t: Test): Promise<Open> {
  const storage = await startStorage(t, { anyToken: true })
  const twin = await startTwin(t, { googleStorageUrl: storage.url, googleToken: storage.token })
  return openIn(twin, { storageUrl: storage.url, staging: 'gs://b/staging' })
}

function openIn(twin: TwinServer, more: Partial<GoogleSettings> = {}): Open {
  return async (t, { referentialIntegrity = false } = {}) => {
    const folder = mkdtempSync(join(tmpdir(), 'wardbridge-'))
    t.teardown(() => rmSync(folder, { recursive: true }))
    // What the contract writes is not always valid.
    const validationConfig = { disableProfileValidation: true, disableRequiredFieldValidation: true }
    const name = await twin.create({
      disableReferentialIntegrity: !referentialIntegrity,
      complexDataTypeReferenceParsing: 'ENABLED',
      validationConfig
    })
    const store = await openStore(name, { google: { ...twin.google, ...more }, objects: openFolderObjects(folder) })
    t.teardown(() => store.close())
    return store
  }
}
