/** What happened to accounts, sessions and clients, for the audit. Never a password or a token. */

export interface IdentityEvent {
  readonly action:
    | 'login'
    | 'logout'
    | 'refresh'
    | 'client-login'
    | 'password-change'
    | 'account-create'
    | 'account-change'
    | 'account-reset'
    | 'client-create'
    | 'client-remove'
    | 'token-revoke'
  /** `reused`: a refresh token came twice, so that its session was ended. */
  readonly outcome: 'success' | 'failure' | 'locked' | 'reused'
  /** Id of the account or client that acted; for a login that failed the username that was tried. */
  readonly subject: string
  /** What was acted on, when it is another account or client. */
  readonly target?: string
  /** Address of the caller, or `command line`. */
  readonly from: string
}

export type Observe = (event: IdentityEvent) => void
