/** The state in small objects, for a service that keeps nothing on its own disk: see README.md. */
import { fail } from '../../errors.js'
import type { Objects } from '../../files/objects.js'
import type { State } from '../state.js'
import { ObjectAccounts } from './accounts.js'
import { openAsked } from './asked.js'
import { openAudit } from './audit.js'
import { openClients } from './clients.js'
import { openKeys } from './keys.js'
import { openLimits } from './limits.js'
import { Records } from './records.js'
import { openRequests } from './requests.js'
import { openRuns } from './runs.js'
import { Secrets } from './secrets.js'
import { ObjectSessions, openRevision, type Revocation } from './sessions.js'

/** location: what the objects are called in errors. */
export async function openObjectsState(objects: Objects, location: string): Promise<State> {
  const secrets = new Secrets(objects)
  const records = new Records(objects, await secrets.get('names'))
  const revision = openRevision()
  const { expire: expireKeys, ...keys } = openKeys(records, revision.ended)
  const accounts = new ObjectAccounts(records, revision.ended)
  const clients = openClients(records, revision.ended)
  const sessions = new ObjectSessions({ records, accounts, clients, revision })
  const { expire: expireLimits, ...limits } = openLimits(records)
  const { expire: expireRequests, ...requests } = openRequests(records)
  return {
    getSecret: (name) => secrets.get(name),
    ...keys,
    accounts,
    clients,
    sessions,
    limits,
    audit: openAudit(records),
    ...requests,
    runs: openRuns(records),
    asked: openAsked(records),
    expire: async (now) => ({
      ...(await sessions.expire(now)),
      revocations: await records.sweep<Revocation>('revoked', ({ until }) => until <= now),
      ...(await expireLimits(now)),
      idempotencyKeys: await expireRequests(now),
      signingKeys: await expireKeys(now)
    }),
    async snapshot() {
      throw fail('backup.objects', { path: location })
    },
    check: () => check(objects),
    close() {}
  }
}

const KINDS = [
  'accounts',
  'usernames',
  'clients',
  'sessions',
  'refresh',
  'revoked',
  'once',
  'attempts',
  'counters',
  'requests',
  'runs',
  'asked',
  'anchors',
  'break-glass',
  'alerts'
]

/** Whether every record can be read. */
async function check(objects: Objects): Promise<readonly string[]> {
  const problems: string[] = []
  for (const kind of KINDS)
    for await (const { name } of objects.list(`${kind}/`)) {
      try {
        JSON.parse((await objects.get(name))?.bytes.toString() ?? '{}')
      } catch {
        problems.push(`${name} cannot be read`)
      }
    }
  return problems
}
