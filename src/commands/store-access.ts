/** Opening a store, and the secret for ids, from the command line. */
import type { Principal, Service } from '../service/contract.js'

/** Commands act for whoever can read the files of the store. */
export const OPERATOR: Principal = { subject: 'operator', role: 'system' }

/** Opens the store of the options, hands it to the work and closes it. Throws store.open and what the work throws. */
export async function withService<T>(
  options: { readonly store: string | undefined; readonly state?: string | undefined },
  work: (service: Service) => Promise<T>
): Promise<T> {
  const { loadSettings } = await import('../config.js')
  const { auditing } = await import('../identity/auditing.js')
  const { openService } = await import('../service/service.js')
  const { openState } = await import('../state/state.js')
  const settings = loadSettings({ store: options.store, state: options.state })
  const state = await openState(settings.state, { google: settings.google })
  try {
    const warn = (_facts: object, text: string) => void process.stderr.write(`wardbridge: ${text}\n`)
    const service = await openService({ ...settings, audit: await auditing(state, settings, warn), indexesWords: false })
    try {
      return await work(service)
    } finally {
      await service.close()
    }
  } finally {
    state.close()
  }
}

/** The secret that ids of mappings are keyed with, from the state folder; made when there is none. */
export async function idSecret(options: { readonly store?: string | undefined; readonly state?: string | undefined }): Promise<Buffer> {
  const { loadSettings } = await import('../config.js')
  const { openState } = await import('../state/state.js')
  const { state: location, google } = loadSettings({ store: options.store, state: options.state })
  const state = await openState(location, { google })
  try {
    return await state.getSecret('ids')
  } finally {
    state.close()
  }
}
