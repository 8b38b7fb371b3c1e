import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { openFolderObjects } from '#wardbridge/files/folder-objects.js'
import { openStore } from '#wardbridge/store/open.js'
import { startTwin } from '../support/twin.js'
import type { Open } from './repository.js'

/** Opens stores of the Cloud Healthcare API in a twin, over HTTP; each is a store of its own, whose claims are in a folder. t: for whose time the twin runs. */
export async function healthcareStores(t: Test): Promise<Open> {
  const twin = await startTwin(t)
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
    const store = await openStore(name, { google: twin.google, objects: openFolderObjects(folder) })
    t.teardown(() => store.close())
    return store
  }
}
