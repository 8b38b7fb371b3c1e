/** Opening the identity of a server from the command line. */
import type { Identity } from '../identity/identity.js'

export interface StateOptions {
  readonly store?: string
  readonly state?: string
}

/** Opens the state that the options name, hands its identity to the work and closes it. Throws store.open and what the work throws. */
export async function withIdentity<T>({ store, state: folder }: StateOptions, work: (identity: Identity) => Promise<T>): Promise<T> {
  const { loadSettings } = await import('../config.js')
  const { Identity } = await import('../identity/identity.js')
  const { openState } = await import('../state/state.js')
  const settings = loadSettings({ store, state: folder })
  const state = await openState(settings.state, settings)
  try {
    return await work(new Identity(state, settings))
  } finally {
    state.close()
  }
}
