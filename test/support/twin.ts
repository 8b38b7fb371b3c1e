/** A real server with the local twin of the Cloud Healthcare API on a free port, and what the Healthcare store is opened with against it. */
import type { Test } from 'tap'
import type { SettingOptions } from '#wardbridge/config.js'
import type { GoogleSettings } from '#wardbridge/config-google.js'
import { type Built, build } from '../helper.js'

export interface TwinServer extends Built {
  /** `http://127.0.0.1:40123`. */
  readonly url: string
  /** Name of the server's own store. */
  readonly store: string
  /** Calls the twin as administrator. */
  readonly google: GoogleSettings
  /** The same through another origin: a proxy. budget: milliseconds. */
  through(origin: string, budget?: number): GoogleSettings
  /** Makes another FHIR store beside it, as the API does. Gives its name. */
  create(settings?: object): Promise<string>
}

/** Runs until the test ends. */
export async function startTwin(t: Test, options: SettingOptions = {}): Promise<TwinServer> {
  const built = await build(t, options)
  const url = await built.app.listen({ host: '127.0.0.1', port: 0 })
  const bearer = built.token()
  const through = (origin: string, callBudget = 30_000): GoogleSettings => ({
    healthcareUrl: origin,
    storageUrl: undefined,
    bigqueryUrl: undefined,
    token: bearer,
    staging: undefined,
    callBudget
  })
  const store = built.settings.twinStore
  const stores = store.slice(0, store.lastIndexOf('/'))
  let made = 0
  const create = async (settings: object = {}) => {
    const id = `store-${++made}`
    const response = await fetch(`${url}/v1/${stores}?fhirStoreId=${id}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
      body: JSON.stringify({ version: 'R4', enableUpdateCreate: true, disableReferentialIntegrity: true, ...settings })
    })
    if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`)
    return `${stores}/${id}`
  }
  return { ...built, url, store, google: through(url), through, create }
}
