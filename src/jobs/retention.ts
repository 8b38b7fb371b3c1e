/** The job that removes versions which the policy does not keep. Without a policy every version is kept. */
import type { Settings } from '../config.js'
import { fail } from '../errors.js'
import { isResourceType, resourceTypes } from '../fhir/definitions.js'
import type { Service } from '../service/contract.js'
import { KEEPS_HISTORY } from '../service/retention.js'
import type { PruneStep } from '../store/repository.js'
import { SYSTEM } from './reindex.js'
import type { ScheduledJob } from './scheduler.js'

const DAY = 86_400_000

/** Undefined without WARDBRIDGE_HISTORY_DAYS. Throws config. */
export function retentionJob(
  settings: Pick<Settings, 'historyDays' | 'historyVersions'>,
  service: Pick<Service, 'prune'>
): ScheduledJob | undefined {
  const days = readPolicy('WARDBRIDGE_HISTORY_DAYS', settings.historyDays ?? '')
  const versions = readPolicy('WARDBRIDGE_HISTORY_VERSIONS', settings.historyVersions)
  const types = resourceTypes().filter((type) => !KEEPS_HISTORY.includes(type) && days(type) !== undefined)
  if (types.length === 0) return undefined
  return {
    name: 'history-retention',
    about:
      'Versions that were replaced longer ago than WARDBRIDGE_HISTORY_DAYS are removed, but for the last WARDBRIDGE_HISTORY_VERSIONS of each resource',
    every: 86_400,
    async run({ signal, progress }) {
      let removed = 0
      for (const [n, type] of types.entries()) {
        let after: PruneStep['after']
        const step = { type, before: Date.now() - days(type)! * DAY, keep: versions(type) ?? 1 }
        do {
          signal.throwIfAborted()
          const pruned = await service.prune(SYSTEM, { ...step, ...(after && { after }) })
          removed += pruned.removed
          after = pruned.next
        } while (after !== undefined)
        progress({ done: n + 1, total: types.length })
      }
      return { counters: { removed } }
    }
  }
}

/** `365`, `Observation=90`, or `365,Observation=90,Patient=3650`: the number for a type; undefined: none was given. Throws config. */
function readPolicy(env: string, text: string): (type: string) => number | undefined {
  let others: number | undefined
  const byType = new Map<string, number>()
  for (const part of text.split(',').filter((part) => part.trim() !== '')) {
    const [, type, number] = /^\s*(?:([A-Za-z]+)\s*=\s*)?(\d{1,6})\s*$/.exec(part) ?? []
    if (number === undefined || Number(number) < 1 || (type !== undefined && !isResourceType(type)))
      throw fail('config', { reason: `${env} takes a number from 1 and Type=number, separated by commas, not "${part.trim()}"` })
    if (type === undefined) others = Number(number)
    else if (KEEPS_HISTORY.includes(type)) throw fail('config', { reason: `${env} cannot name ${type}: its versions are always kept` })
    else byType.set(type, Number(number))
  }
  return (type) => byType.get(type) ?? others
}
