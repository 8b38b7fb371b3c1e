/** IAM policies of datasets and stores: kept and given back with their etag. What they say gives nobody access here: roles and scopes of the token do. */
import { createHash } from 'node:crypto'
import { fail } from '../errors.js'
import type { Principal } from '../service/contract.js'
import { rightsOf } from '../service/rights.js'
import { any, integer, type Json, list, message, parseMask, text } from './message.js'

/** v1 Policy, etag aside. */
export interface Policy {
  readonly version?: number
  readonly bindings?: readonly Binding[]
  readonly auditConfigs?: readonly unknown[]
}

interface Binding {
  readonly role?: string
  readonly members?: readonly string[]
  readonly condition?: object
}

const POLICY = message({
  version: integer,
  etag: text,
  auditConfigs: list(any),
  bindings: list(
    message({ role: text, members: list(text), condition: message({ expression: text, title: text, description: text, location: text }) })
  )
})

export const SET_POLICY = message({ policy: POLICY, updateMask: text })
export const TEST_PERMISSIONS = message({ permissions: list(text) })

const ROLE = /^(?:roles|(?:projects|organizations)\/[^/]+\/roles)\/[A-Za-z0-9_.]{1,128}$/
const MEMBER = /^(?:(?:user|serviceAccount|group|domain|principal|principalSet|projectOwner|projectEditor|projectViewer|deleted):\S+)$/
const MOST_MEMBERS = 1500

/** A policy as it is answered. asked: version that the caller can read; a policy with conditions is given as 3 only. Throws twin.argument. */
export function policyAnswer(policy: Policy | undefined, asked?: string): Json {
  if (asked !== undefined && !['0', '1', '3'].includes(asked))
    throw fail('twin.argument', { reason: 'options.requestedPolicyVersion is 0, 1 or 3' })
  const { version, ...rest } = policy ?? {}
  return { ...(version ? { version } : {}), etag: etagOf(policy), ...rest }
}

/** Opaque; equal for equal policies. */
function etagOf(policy: Policy | undefined): string {
  if (policy === undefined) return 'ACAB'
  return createHash('sha256').update(JSON.stringify(policy)).digest('base64').slice(0, 12)
}

/** The policy that a SetIamPolicyRequest makes of another. Throws twin.argument, and twin.raced when its etag is not that of the old one. */
export function nextPolicy(old: Policy | undefined, request: Json, what: string): Policy {
  const given = request['policy'] as (Json & Policy & { readonly etag?: string }) | undefined
  if (given === undefined) throw fail('twin.argument', { reason: 'policy is required' })
  if (given.etag !== undefined && given.etag !== '' && given.etag !== etagOf(old))
    throw fail('twin.raced', { what: `The policy of ${what}` })
  const version = Number(given.version ?? 0)
  if (![0, 1, 3].includes(version)) throw fail('twin.argument', { reason: 'policy.version is 0, 1 or 3' })
  const bindings = given.bindings ?? []
  for (const binding of bindings) checkBinding(binding, version)
  const members = new Set(bindings.flatMap(({ members = [] }) => members))
  if (members.size > MOST_MEMBERS) throw fail('twin.argument', { reason: `A policy names at most ${MOST_MEMBERS} principals` })
  const wanted = maskOf(request)
  const next: Policy = {
    ...(version === 0 ? {} : { version }),
    ...(bindings.length === 0 ? {} : { bindings }),
    ...(((wanted.has('auditConfigs') ? given.auditConfigs : old?.auditConfigs) ?? []).length === 0
      ? {}
      : { auditConfigs: wanted.has('auditConfigs') ? given.auditConfigs! : old!.auditConfigs! })
  }
  return wanted.has('bindings') ? next : { ...next, ...(old?.bindings === undefined ? {} : { bindings: old.bindings }) }
}

/** As IAM has it: bindings and etag unless a mask says otherwise. */
function maskOf(request: Json): ReadonlySet<string> {
  const mask = request['updateMask'] as string | undefined
  if (mask === undefined || mask === '') return new Set(['bindings'])
  return new Set(parseMask(POLICY, mask, Object.keys(POLICY.fields)).map(([name = '']) => name))
}

function checkBinding({ role = '', members = [], condition }: Binding, version: number): void {
  if (!ROLE.test(role)) throw fail('twin.argument', { reason: `"${role.slice(0, 100)}" is no role: roles/healthcare.fhirResourceReader` })
  if (members.length === 0) throw fail('twin.argument', { reason: `The binding of ${role} has no members` })
  for (const member of members)
    if (!MEMBER.test(member))
      throw fail('twin.argument', { reason: `"${member.slice(0, 100)}" is no member of a policy: user:…, serviceAccount:…, group:…` })
  if (condition !== undefined && version !== 3) throw fail('twin.argument', { reason: 'A policy with conditions has version 3' })
}

/** What a permission asks of our roles; those that are not listed are for administrators. */
const READS = [
  'healthcare.fhirResources.get',
  'healthcare.fhirStores.searchResources',
  'healthcare.fhirStores.executeBundle',
  'healthcare.fhirStores.get'
]
const INTERACTIONS = { get: 'read', create: 'create', update: 'update', patch: 'patch', delete: 'delete' } as const

/** The permissions of a list that the caller has. Throws twin.argument. */
export function heldPermissions(who: Principal, request: Json): readonly string[] {
  const asked = (request['permissions'] ?? []) as readonly string[]
  for (const one of asked)
    if (!/^[a-z][A-Za-z0-9]*\.[A-Za-z0-9]+\.[A-Za-z0-9]+$/.test(one))
      throw fail('twin.argument', { reason: `"${one.slice(0, 100)}" is no permission: healthcare.fhirResources.get` })
  return asked.filter((one) => one.startsWith('healthcare.') && holds(who, one))
}

function holds(who: Principal, permission: string): boolean {
  const rights = rightsOf(who)
  if (READS.includes(permission)) return rights.mayAllData('read')
  const verb = /^healthcare\.fhirResources\.(\w+)$/.exec(permission)?.[1]
  const interaction = INTERACTIONS[verb as keyof typeof INTERACTIONS]
  return rights.mayAllData(interaction ?? 'load')
}
