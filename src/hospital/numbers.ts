/** Numbers of new rows: each given once, whoever asks, in whichever process. */
import type { Principal, Service } from '../service/contract.js'
import type { State } from '../state/state.js'

/** Acts for the hospital where a rule must look at more than the caller may see. What it reads is never answered. */
export const HOSPITAL: Principal = { subject: 'hospital', role: 'system' }

/**
 * The next number of a kind of resource that carries it as identifier.value of a system. The first time it is asked for, and when a number turns out to be
 * in use (a table was loaded meanwhile), it goes on above the highest one there is.
 */
export async function nextNumber(
  { service, state }: { readonly service: Service; readonly state: State },
  type: string,
  system: string,
  isFree: (number: string) => Promise<boolean>
): Promise<string> {
  const name = `number:${system}`
  const take = (least: number) => takeNumber(state, name, least)
  let number = await take(1)
  while (number === 1 || !(await isFree(String(number)))) {
    const least = (await highest(service, type, system)) + 1
    // A number that was deleted is in no resource; those are passed one by one.
    number = await take(Math.max(least, number === 1 ? 2 : number + 1))
  }
  return String(number)
}

/** Numbers taken at a time: to take some costs a write to the disk, which others wait for. Those left at the end of a process are given to nobody. */
const BLOCK = 20

interface Block {
  next: number
  readonly end: number
}

const blocks = new WeakMap<State, Map<string, Block>>()
/** Blocks that are being taken: who comes meanwhile waits for the same. */
const taken = new WeakMap<State, Map<string, Promise<void>>>()

/** Of two requests at once each gets its own. */
async function takeNumber(state: State, name: string, least: number): Promise<number> {
  const mine = of(blocks, state)
  for (;;) {
    const block = mine.get(name)
    if (block !== undefined && block.next < least) block.next = least
    if (block !== undefined && block.next < block.end) return block.next++
    const taking = of(taken, state)
    if (!taking.has(name))
      taking.set(
        name,
        takeBlock(state, name, least).finally(() => taking.delete(name))
      )
    await taking.get(name)
  }
}

async function takeBlock(state: State, name: string, least: number): Promise<void> {
  const next = await state.takeNumbers(name, least, BLOCK)
  of(blocks, state).set(name, { next, end: next + BLOCK })
}

function of<T>(all: WeakMap<State, Map<string, T>>, state: State): Map<string, T> {
  const mine = all.get(state) ?? new Map<string, T>()
  all.set(state, mine)
  return mine
}

async function highest(service: Service, type: string, system: string): Promise<number> {
  let most = 0
  for await (const { body } of service.each(HOSPITAL, type)) {
    const text = body.toString()
    if (!text.includes(JSON.stringify(system))) continue
    const { identifier = [] } = JSON.parse(text) as { identifier?: ReadonlyArray<{ system?: string; value?: string }> }
    for (const one of identifier) if (one.system === system && /^\d{1,15}$/.test(one.value ?? '')) most = Math.max(most, Number(one.value))
  }
  return most
}
