/** Commits under the rules of threads: they are asked, and asked anew when what they looked at was changed meanwhile. */
import { fail, WardbridgeError } from '../errors.js'
import type { AuditAgent } from '../fhir/audit-event.js'
import { includesVersion } from '../fhir/etags.js'
import type { Expectation, Repository, Write } from '../store/repository.js'
import { answerClaim } from '../threads/model.js'
import type { Principal } from './contract.js'
import { parse } from './facts.js'
import { InTurn } from './in-turn.js'
import { alreadyAnswered } from './questions.js'
import { CARE, type Ruled, Rules, rule } from './rules.js'

type Committing = Pick<Repository, 'read' | 'search' | 'commit'>

/** Commits what the rules make of the writes; asks them anew when what they looked at was changed meanwhile. One result for each write of the client. */
export async function commitRuled(
  store: Committing,
  who: Principal,
  writes: readonly Write[],
  expectations: readonly Expectation[],
  by?: AuditAgent
): ReturnType<Repository['commit']> {
  const [place, ...more] = writes.flatMap(({ type, id }) => (CARE.includes(type) ? [`${type}/${id}`] : []))
  const attempt = () => commitOnce(store, who, writes, expectations, by)
  if (place === undefined || more.length > 0) return attempt()
  // Writes of one Encounter or Patient do not run at the same time: of many that looked at one version, all but one would be looked at in vain.
  let turns = inTurn.get(store)
  if (turns === undefined) inTurn.set(store, (turns = new InTurn()))
  return turns.run(place, attempt)
}

const inTurn = new WeakMap<object, InTurn>()

function commitOnce(
  store: Committing,
  who: Principal,
  writes: readonly Write[],
  expectations: readonly Expectation[],
  by: AuditAgent | undefined
): ReturnType<Repository['commit']> {
  return untilInStep(store, writes, async () => {
    const ruled = (await rule(store, who, writes)) ?? { writes, expectations: [], watched: new Set<string>() }
    const results = () => store.commit(ruled.writes, [...expectations, ...ruled.expectations], by)
    return { ruled, commit: async () => (await results()).slice(0, writes.length) }
  })
}

/** Brings one thread that waits in step: its Task and its header. question: `Communication/1`. */
export async function commitSettled(store: Committing, who: Principal, question: string): Promise<void> {
  await untilInStep(store, [], async () => {
    const ruled = await new Rules(store, who, []).settle(question)
    return { ruled, commit: async () => (ruled.writes.length === 0 ? [] : store.commit(ruled.writes, ruled.expectations)) }
  })
}

async function untilInStep<T>(
  store: Committing,
  writes: readonly Write[],
  attempt: () => Promise<{ readonly ruled: Ruled; readonly commit: () => Promise<T> }>
): Promise<T> {
  for (let left = ATTEMPTS; ; left--) {
    const { ruled, commit } = await attempt()
    try {
      return await commit()
    } catch (error) {
      const told = await answeredFirst(store, error)
      if (told !== error || !isOvertaken(error, ruled, writes)) throw told
      if (left <= 1) throw fail('resource.raced', { query: writes.map(({ type }) => type).join() }, { cause: error })
    }
  }
}

/** How often the rules are asked anew. */
const ATTEMPTS = 20

/** True when somebody changed what the rules looked at, and not what the client made a condition. */
function isOvertaken(error: unknown, { watched }: Ruled, writes: readonly Write[]): boolean {
  if (!(error instanceof WardbridgeError)) return false
  const { type, id, query, actual } = error.params as Readonly<Record<string, string>>
  if (error.code === 'resource.raced') return watched.has(query ?? '')
  if (error.code !== 'resource.conflict' && error.code !== 'resource.exists') return false
  const asked = writes.find((write) => write.type === type && write.id === id)?.precondition
  const isAsked =
    asked?.kind === 'absent' || (asked?.kind === 'version' && (actual === 'none' || !includesVersion(asked.versionId, String(actual))))
  return watched.has(`${type}/${id}`) && !isAsked
}

/** Of the claim of an answer that came first: who answered, and when. */
async function answeredFirst(store: Pick<Repository, 'read'>, error: unknown): Promise<unknown> {
  if (!(error instanceof WardbridgeError) || error.code !== 'claim.taken') return error
  const { claim, holder } = error.params as { claim: string; holder: string }
  if (!claim.startsWith(answerClaim(''))) return error
  const [type, id] = holder.split('/') as [string, string]
  const stored = await store.read(type, id)
  const question = `Communication/${claim.slice(answerClaim('').length)}`
  return alreadyAnswered(question, stored?.deleted === false ? parse(stored.body) : {})
}
