/** Numbers given out once, and the keys of requests that may be repeated. */
import type { KeptAnswer, State } from '../state.js'
import type { Records } from './records.js'

/** Milliseconds: how long keys are kept; after what time a request that has not ended is taken to be lost. */
const KEPT = 24 * 3_600_000
const LOST = 30_000

interface Counter {
  /** The last one that was given. */
  readonly value: number
}

interface RequestRecord {
  /** Hexadecimal. */
  readonly fingerprint: string
  readonly made: number
  readonly reserved?: string
  readonly answer?: KeptAnswer
}

type Requests = Pick<State, 'takeNumbers' | 'beginRequest' | 'endRequest' | 'reserve' | 'reserved'>

export function openRequests(records: Records): Requests & { readonly expire: (now: number) => Promise<number> } {
  const nameOf = (caller: string, key: string) => records.name('requests', caller, key)
  return {
    takeNumbers: (name, least, count) =>
      records.change<Counter, number>(records.name('counters', name), (known) => {
        const first = Math.max(least, (known?.value ?? 0) + 1)
        return { put: { value: first + count - 1 }, answer: first }
      }),

    beginRequest(caller, key, print) {
      const fingerprint = print.toString('hex')
      return records.change<RequestRecord, 'new' | 'running' | 'other' | KeptAnswer>(nameOf(caller, key), (found) => {
        const now = Date.now()
        const known = found !== undefined && found.made >= now - KEPT ? found : undefined
        if (known === undefined) return { put: { fingerprint, made: now }, answer: 'new' }
        if (known.fingerprint !== fingerprint) return { answer: 'other' }
        if (known.answer !== undefined) return { answer: known.answer }
        return known.made > now - LOST ? { answer: 'running' } : { put: { ...known, made: now }, answer: 'new' }
      })
    },

    endRequest: (caller, key, answer) =>
      records.change<RequestRecord, void>(nameOf(caller, key), (known) => {
        if (answer === undefined) return { remove: true, answer: undefined }
        return known === undefined ? { answer: undefined } : { put: { ...known, answer }, answer: undefined }
      }),

    reserve: (caller, key, value) =>
      records.change<RequestRecord, string>(nameOf(caller, key), (known) => {
        if (known === undefined || known.reserved !== undefined) return { answer: known?.reserved ?? value }
        return { put: { ...known, reserved: value }, answer: value }
      }),

    reserved: async (caller, key) => (await records.get<RequestRecord>(nameOf(caller, key)))?.reserved,

    // What was changed within a day was made within a day, or is worked on.
    expire: (now) => records.sweep<RequestRecord>('requests', ({ made }) => made <= now - KEPT, now - KEPT)
  }
}
