/** OIDC tokens of outside schedulers (Cloud Scheduler): of one issuer, for one audience, of callers that the settings name. */
import type { Settings } from '../config.js'
import { fail } from '../errors.js'
import { readPart } from './keyring.js'
import { Provider } from './provider.js'

/** Seconds that the clock of the issuer may differ. */
const TOLERANCE = 30

export class SchedulerTokens {
  readonly #provider: Provider | undefined
  readonly #callers: readonly string[]

  constructor({ jobsOidcIssuer: issuer, jobsOidcAudience, jobsOidcJwksUrl: jwksUrl, jobsOidcCallers }: Settings) {
    this.#callers = jobsOidcCallers
    this.#provider =
      issuer === undefined
        ? undefined
        : new Provider(
            { issuer, audience: jobsOidcAudience!, jwksUrl, clockTolerance: TOLERANCE, roleClaim: '', roles: new Map(), userClaim: '' },
            undefined
          )
  }

  /** Whether the token says that it is of the issuer; nothing of it is verified. */
  isTheirs(token: string): boolean {
    return this.#provider !== undefined && readPart(token, 1)?.['iss'] === this.#provider.issuer
  }

  /** Who calls: an e-mail address or a subject. Throws auth.invalid, auth.provider, and auth.forbidden for a caller that is not named. */
  async callerOf(token: string): Promise<string> {
    const { sub = '', email, email_verified: isVerified } = await this.#provider!.claims(token)
    if (typeof email === 'string' && isVerified === true && this.#callers.includes(email)) return email
    if (this.#callers.includes(sub)) return sub
    throw fail('auth.forbidden', { role: 'outside', interaction: 'run', type: 'jobs' })
  }
}
