/** The settings of an outside identity provider: seven variables that are one setting. */
import type { SettingRow } from './config.js'
import { fail } from './errors.js'
import { isLoopback } from './loopback.js'

/** An outside identity provider whose tokens are taken. */
export interface OidcSettings {
  readonly issuer: string
  readonly audience: string
  /** undefined: found by discovery. */
  readonly jwksUrl: string | undefined
  /** Name of the claim, or a path of names with dots between them. */
  readonly roleClaim: string
  /** Value of the claim -> role; of several that match the first counts. */
  readonly roles: ReadonlyMap<string, string>
  readonly userClaim: string
  /** Seconds. */
  readonly clockTolerance: number
}

export const OIDC_SETTINGS = {
  oidcIssuer: {
    env: 'WARDBRIDGE_OIDC_ISSUER',
    since: '0.1.0',
    description: 'Outside identity provider whose access tokens are taken: its issuer, exactly as the tokens name it.',
    unset: 'none',
    schema: { type: 'string', pattern: '^https?://[^\\s?#]+$' }
  },
  oidcAudience: {
    env: 'WARDBRIDGE_OIDC_AUDIENCE',
    since: '0.1.0',
    description: 'Audience that its tokens must name. Needed with an issuer.',
    unset: 'none',
    schema: { type: 'string' }
  },
  oidcJwksUrl: {
    env: 'WARDBRIDGE_OIDC_JWKS_URL',
    since: '0.1.0',
    description: 'Where its public keys are; https, or http on this machine.',
    unset: 'as `/.well-known/openid-configuration` of the issuer says',
    schema: { type: 'string', pattern: '^https?://[^\\s#]+$' }
  },
  oidcRoleClaim: {
    env: 'WARDBRIDGE_OIDC_ROLE_CLAIM',
    since: '0.1.0',
    description: 'Claim that holds groups or roles, one or an array; dots lead into objects (`realm_access.roles`).',
    schema: { type: 'string', default: 'roles' }
  },
  oidcRoles: {
    env: 'WARDBRIDGE_OIDC_ROLES',
    since: '0.1.0',
    description:
      'Which of its values is which role here: `ward-doctors=physician,reception=front-desk`. The first that a token has counts; a token with none may nothing. Needed with an issuer.',
    unset: 'none',
    schema: { type: 'string' }
  },
  oidcUserClaim: {
    env: 'WARDBRIDGE_OIDC_FHIR_USER_CLAIM',
    since: '0.1.0',
    description: 'Claim that names the resource of the person: `Practitioner/2`, also as an address below the public URL.',
    schema: { type: 'string', default: 'fhirUser' }
  },
  oidcClockTolerance: {
    env: 'WARDBRIDGE_OIDC_CLOCK_TOLERANCE',
    since: '0.1.0',
    description: 'Seconds that the clock of the provider may differ.',
    schema: { type: 'integer', default: 30, minimum: 0, maximum: 120 }
  }
} as const satisfies Record<string, SettingRow>

/** The setting; undefined without an issuer. Throws config when something is missing, or keys would be fetched over an open line. */
export function readOidc(value: Readonly<Record<keyof typeof OIDC_SETTINGS, unknown>>): OidcSettings | undefined {
  if (value.oidcIssuer === undefined) return undefined
  const oidc: OidcSettings = {
    issuer: value.oidcIssuer as string,
    audience: value.oidcAudience as string,
    jwksUrl: value.oidcJwksUrl as string | undefined,
    roleClaim: value.oidcRoleClaim as string,
    roles: parseRoles((value.oidcRoles as string | undefined) ?? ''),
    userClaim: value.oidcUserClaim as string,
    clockTolerance: value.oidcClockTolerance as number
  }
  if (oidc.audience === undefined) throw fail('config', { reason: 'WARDBRIDGE_OIDC_ISSUER needs WARDBRIDGE_OIDC_AUDIENCE' })
  if (oidc.roles.size === 0)
    throw fail('config', { reason: 'WARDBRIDGE_OIDC_ISSUER needs WARDBRIDGE_OIDC_ROLES: nobody would have a role' })
  checkKeysUrl(oidc.jwksUrl ?? oidc.issuer)
  return oidc
}

/** Throws config when keys would be fetched over an open line. */
export function checkKeysUrl(url: string): void {
  const keys = new URL(url)
  if (keys.protocol !== 'https:' && !isLoopback(keys.hostname))
    throw fail('config', { reason: `Keys of an identity provider come by https only, not from ${keys.href}` })
}

/** `value=role,value=role`; the last = of each separates, as values may hold some. */
function parseRoles(text: string): ReadonlyMap<string, string> {
  const pairs = text.split(',').filter((pair) => pair.trim() !== '')
  return new Map(
    pairs.map((pair) => {
      const [, value, role] = /^\s*(\S.*?)\s*=\s*([a-z-]+)\s*$/.exec(pair) ?? []
      if (value === undefined || role === undefined)
        throw fail('config', { reason: `WARDBRIDGE_OIDC_ROLES takes value=role,value=role, not "${pair}"` })
      return [value, role]
    })
  )
}
