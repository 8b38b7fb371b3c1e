/** What stands beside the audit log. What belongs to one account is one record, so that it changes as a whole. */
import type { Alert, AuditState, BreakGlass } from '../audit.js'
import type { Records, Step } from './records.js'

interface AnchorRecord {
  readonly chain: string
  readonly seq: number
  /** Hexadecimal. */
  readonly hash: string
}

interface Of<T> {
  readonly all: readonly T[]
}

/** What is listed at most: the newest. */
const MOST = 10_000

export function openAudit(records: Records): AuditState {
  const anchorName = (chain: string) => records.name('anchors', chain)
  const glassName = (subject: string) => records.name('break-glass', subject)

  const newest = async <T extends { readonly id: string; readonly made: number }>(kind: string): Promise<T[]> => {
    const found: T[] = []
    for await (const { value } of records.all<Of<T>>(kind)) found.push(...value.all)
    return found.sort((a, b) => b.made - a.made || (a.id < b.id ? -1 : 1)).slice(0, MOST)
  }
  const listBreakGlass = async () => (await newest<BreakGlass>('break-glass')).map(glass)
  const getBreakGlass = async (id: string) => (await listBreakGlass()).find((one) => one.id === id)

  return {
    async anchor(chain) {
      const found = await records.get<AnchorRecord>(anchorName(chain))
      return found && { seq: found.seq, hash: Buffer.from(found.hash, 'hex') }
    },
    async anchors() {
      const found = new Map<string, { readonly seq: number; readonly hash: Buffer }>()
      for await (const { value } of records.all<AnchorRecord>('anchors'))
        found.set(value.chain, { seq: value.seq, hash: Buffer.from(value.hash, 'hex') })
      return found
    },
    setAnchor: (chain, { seq, hash }) =>
      records.change<AnchorRecord, void>(anchorName(chain), (known) =>
        known !== undefined && known.seq >= seq
          ? { answer: undefined }
          : { put: { chain, seq, hash: hash.toString('hex') }, answer: undefined }
      ),

    addBreakGlass: (one) =>
      records.change<Of<BreakGlass>, void>(glassName(one.subject), (known) => ({
        put: { all: [...(known?.all ?? []), one] },
        answer: undefined
      })),
    listBreakGlass,
    getBreakGlass,
    async openBreakGlass(subject, now) {
      const { all } = (await records.get<Of<BreakGlass>>(glassName(subject))) ?? { all: [] }
      return all
        .filter((one) => isOpen(one, now))
        .map(glass)
        .sort((a, b) => a.until - b.until)
    },
    async endBreakGlass(id, by, now) {
      const one = await getBreakGlass(id)
      if (one === undefined) return false
      return records.change<Of<BreakGlass>, boolean>(glassName(one.subject), (known): Step<Of<BreakGlass>, boolean> => {
        const all = known?.all ?? []
        if (!all.some((other) => other.id === id && isOpen(other, now))) return { answer: false }
        return { put: { all: all.map((other) => (other.id === id ? { ...other, ended: now, endedBy: by } : other)) }, answer: true }
      })
    },

    addAlert: (alert, since) =>
      records.change<Of<Alert>, boolean>(records.name('alerts', alert.subject), (known): Step<Of<Alert>, boolean> => {
        const all = known?.all ?? []
        return all.some(({ made }) => made > since) ? { answer: false } : { put: { all: [...all, alert] }, answer: true }
      }),
    listAlerts: async () => (await newest<Alert>('alerts')).map((alert) => ({ ...alert, from: alert.from }))
  }
}

function isOpen({ until, ended }: BreakGlass, now: number): boolean {
  return until > now && ended === undefined
}

/** As it was kept: members without a value are not in JSON. */
function glass(one: BreakGlass): BreakGlass {
  return { ...one, from: one.from, ended: one.ended, endedBy: one.endedBy }
}
