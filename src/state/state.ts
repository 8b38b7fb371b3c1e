/**
 * PORT: what the service itself must remember, apart from any store: secrets and signing keys now.
 * Implemented by state/sqlite. Losing the state loses the ids of keyed sources and every token: it is backed up with the store.
 */
import { openSqliteState } from './sqlite/state.js'

/** An Ed25519 key pair, PEM (PKCS#8 and SPKI). */
export interface SigningKey {
  /** Names the key in the header of the tokens it signed: its RFC 7638 thumbprint. */
  readonly kid: string
  readonly privateKey: string
  readonly publicKey: string
}

export interface State {
  /**
   * 32 random bytes under a name, made the first time the name is asked for and the same ever after, also for processes that ask at
   * the same moment. Names in use: `ids` (keyed ids of resources), `cursors` (paging links).
   */
  getSecret(name: string): Buffer
  /** The key that tokens are signed with; made the first time. */
  getSigningKey(): SigningKey
  close(): void
}

/** Opens the state kept in a folder; folder and file are made when they are not there, readable by their owner only. Throws store.open, store.version. */
export function openState(folder: string): State {
  return openSqliteState(folder)
}
