/**
 * One load divided over several tasks that know nothing of each other. Every task reads everything, and computes what rows give to each other from all of it;
 * it makes what falls to it by the key that ids are made from. So each resource is made by one task, the first of several rows with one key is the same as in an
 * undivided load, and no two tasks write the same resource.
 */
import { fail } from '../errors.js'
import { fingerprint } from './fingerprints.js'

/** Which of how many tasks, from 0. */
export interface Shard {
  readonly index: number
  readonly count: number
}

export class Division {
  readonly #shard: Shard
  readonly #print = new Uint32Array(2)

  constructor(shard: Shard = { index: 0, count: 1 }) {
    this.#shard = shard
  }

  get isWhole(): boolean {
    return this.#shard.count === 1
  }

  /** Whether what has this key, or this id, is this task's. */
  owns(key: string): boolean {
    if (this.isWhole) return true
    fingerprint(key, this.#print, 0)
    return this.#print[1]! % this.#shard.count === this.#shard.index
  }

  /** Whether what stands on a line and has no name is this task's. */
  ownsLine(line: number): boolean {
    return line % this.#shard.count === this.#shard.index
  }
}

/** The division that options or, without them, a Cloud Run job asks for; undefined: the load is whole. Throws cli.usage. */
export function shardOf(
  { shardIndex, shardCount }: { readonly shardIndex?: string | undefined; readonly shardCount?: string | undefined },
  env: NodeJS.ProcessEnv = process.env
): Shard | undefined {
  const given = shardIndex !== undefined || shardCount !== undefined
  const [index, count] = given
    ? [whole('--shard-index', shardIndex), whole('--shard-count', shardCount)]
    : [whole('CLOUD_RUN_TASK_INDEX', env['CLOUD_RUN_TASK_INDEX'] ?? '0'), whole('CLOUD_RUN_TASK_COUNT', env['CLOUD_RUN_TASK_COUNT'] ?? '1')]
  if (count < 1 || index >= count)
    throw fail('cli.usage', { reason: `task ${index} of ${count}: the first of N tasks is 0, the last N - 1` })
  return count === 1 ? undefined : { index, count }
}

function whole(name: string, value: string | undefined): number {
  if (value === undefined || !/^\d{1,6}$/.test(value))
    throw fail('cli.usage', { reason: `${name} takes a whole number, not "${value ?? ''}"` })
  return Number(value)
}
