/** What happens once, and what happens too often. */
import type { Limits } from '../limits.js'
import type { Records } from './records.js'

interface Once {
  readonly until: number
}

interface Attempts {
  readonly count: number
  readonly until: number
}

export function openLimits(records: Records): Limits & { readonly expire: (now: number) => Promise<Record<string, number>> } {
  const nameOf = (key: Buffer) => records.name('attempts', key.toString('hex'))

  /** 0: counted; else how long to wait. */
  const count = ({ key, most, length }: Parameters<Limits['attempt']>[0][number], now: number) =>
    records.change<Attempts, number>(nameOf(key), (found) => {
      const known = found !== undefined && found.until > now ? found : undefined
      if (known !== undefined && known.count >= most) return { answer: known.until - now }
      const next = (known?.count ?? 0) + 1
      // The one that fills the window has to wait for the whole of it.
      return { put: { count: next, until: next >= most ? now + length : (known?.until ?? now + length) }, answer: 0 }
    })
  const refund = (key: Buffer) =>
    records.change<Attempts, void>(nameOf(key), (known) =>
      known === undefined ? { answer: undefined } : { put: { ...known, count: Math.max(0, known.count - 1) }, answer: undefined }
    )

  return {
    once: (key, until, now) =>
      records.change<Once, boolean>(records.name('once', key.toString('hex')), (known) =>
        known !== undefined && known.until > now ? { answer: false } : { put: { until }, answer: true }
      ),

    /** One key after the other: what was counted under the first ones is taken back when a later one is full. */
    async attempt(attempts, now) {
      const known = await Promise.all(attempts.map(({ key }) => records.get<Attempts>(nameOf(key))))
      const waits = attempts.map(({ most }, n) => {
        const { count = 0, until = 0 } = known[n] ?? {}
        return until > now && count >= most ? until - now : 0
      })
      const longest = Math.max(0, ...waits)
      if (longest > 0) return longest
      for (const [n, one] of attempts.entries()) {
        const wait = await count(one, now)
        if (wait === 0) continue
        for (const { key } of attempts.slice(0, n)) await refund(key)
        return wait
      }
      return 0
    },

    async forget(key) {
      await records.delete(nameOf(key))
    },
    refund,

    expire: async (now) => ({
      onceKeys: await records.sweep<Once>('once', ({ until }) => until <= now),
      attempts: await records.sweep<Attempts>('attempts', ({ until }) => until <= now)
    })
  }
}
