/** Where a load ends, as the coordinator sees it. */
import type { Outcomes } from '../store/repository.js'
import type { Output, WorkerSinkSetup } from './protocol.js'

export interface Accepted {
  readonly byType: Readonly<Record<string, Outcomes>>
  /** What was not taken. */
  readonly repeats: readonly Repeated[]
}

/** A resource that came before in the same load with other content; with a rule: one that this rule refuses. */
export interface Repeated {
  readonly type: string
  readonly id: string
  readonly origin: number
  readonly rule?: string
  readonly message?: string
}

export interface Late {
  readonly type: string
  readonly id: string
  readonly reason: string
  /** What accept() counted it as. */
  readonly counted: 'created' | 'updated'
}

export interface LoadSink {
  /** What workers need to fill it. */
  readonly worker: WorkerSinkSetup
  /** True when a resource that comes again with the same content is counted as unchanged; else it is not counted. */
  readonly countsRepeats: boolean
  /** Last place among the writes of the store before the load began; undefined where nothing is durable before finish(). */
  readonly since?: number | undefined
  /** What earlier loads left; undefined where a load always starts from nothing. */
  readonly stored: StoredResources | undefined
  /** Takes what a worker made; calls come one after the other. */
  accept(output: Output): Promise<Accepted>
  /** Deletes a resource that no row stands in any more; there where `stored` is. */
  remove?(type: string, id: string): Promise<void>
  /** Gives what was not taken after all, though accept() counted it. */
  finish(): Promise<readonly Late[]>
  /** Leaves things so that the load can be run again. */
  abort(): Promise<void>
}

export interface StoredResources {
  /** Whether there is any resource of a type. */
  has(type: string): Promise<boolean>
  /** The JSON text of a resource; undefined when there is none. */
  read(type: string, id: string): Promise<string | undefined>
  each(type: string): AsyncIterable<{ readonly id: string; readonly text: string }>
  /** "Type/id" of resources with an identifier (`system|value`); at most two: more than one is as good as many. */
  find(type: string, identifier: string): Promise<string[]>
}
