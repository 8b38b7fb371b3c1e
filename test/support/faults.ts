/** A proxy that does to some calls what networks and busy services do: for tests of who has to live with that. */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'

/**
 * 429, 503: refused before anybody did anything. reset: the connection ends before the call arrives. slow: it arrives late. truncated: the answer ends in the
 * middle. lost: the call is done, and the connection ends before the answer.
 */
export type Fault = '429' | '503' | 'reset' | 'slow' | 'truncated' | 'lost'

export const FAULTS: readonly Fault[] = ['429', '503', 'reset', 'slow', 'truncated', 'lost']

export interface FaultOptions {
  /** Part of the calls, 0 to 1. */
  readonly rate: number
  readonly kinds?: readonly Fault[]
  /** Milliseconds that a slow call is held. */
  readonly slow?: number
  readonly seed?: number
  /** Calls that are let through as they are. */
  readonly spare?: (message: IncomingMessage) => boolean
}

export interface FaultyProxy {
  /** Origin of the proxy. */
  readonly url: string
  /** What was done so far. */
  readonly done: Readonly<Record<Fault, number>>
  /** From now on. */
  set(options: Partial<FaultOptions>): void
}

/** Stands before a server until the test ends. target: its origin. */
export async function startFaults(t: Test, target: string, given: FaultOptions): Promise<FaultyProxy> {
  let options = given
  const random = sequence(given.seed ?? 1)
  const done = Object.fromEntries(FAULTS.map((fault) => [fault, 0])) as Record<Fault, number>
  const choose = (message: IncomingMessage): Fault | undefined => {
    const { rate, kinds = FAULTS, spare } = options
    if (spare?.(message) || random() >= rate) return undefined
    return kinds[Math.floor(random() * kinds.length)]
  }
  const server = createServer((message, reply) => {
    const fault = choose(message)
    if (fault !== undefined) done[fault]++
    if (fault === '429' || fault === '503') {
      message.resume()
      reply.writeHead(Number(fault), { 'content-type': 'application/fhir+json;charset=utf-8' })
      reply.end('{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"transient","details":{"text":"injected"}}]}')
    } else if (fault === 'reset') message.socket.destroy()
    else if (fault === 'slow') setTimeout(() => forward(target, message, reply), options.slow ?? 200)
    else forward(target, message, reply, fault)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    done,
    set: (more) => {
      options = { ...options, ...more }
    }
  }
}

function forward(target: string, message: IncomingMessage, reply: ServerResponse, fault?: 'truncated' | 'lost'): void {
  const { method, url = '/', headers } = message
  const onward = request(`${target}${url}`, { method: method!, headers: { ...headers, host: new URL(target).host } }, (answer) => {
    const pieces: Buffer[] = []
    answer.on('data', (piece: Buffer) => pieces.push(piece))
    answer.on('end', () => {
      const body = Buffer.concat(pieces)
      if (fault === 'lost' || (fault === 'truncated' && body.length === 0)) message.socket.destroy()
      else {
        const { 'transfer-encoding': _, connection: __, ...kept } = answer.headers
        reply.writeHead(answer.statusCode!, { ...kept, ...(body.length > 0 ? { 'content-length': body.length } : {}) })
        if (fault === 'truncated') reply.write(body.subarray(0, body.length / 2), () => message.socket.destroy())
        else reply.end(body)
      }
    })
  })
  onward.on('error', () => message.socket.destroy())
  message.pipe(onward)
}

/** Numbers from 0 to 1, the same each time (mulberry32). */
function sequence(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}
