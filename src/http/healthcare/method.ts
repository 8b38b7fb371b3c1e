/** A method of the v1 surface that is no FHIR method: how it is addressed, what it takes, and what answers it. */
import type { Principal } from '../../service/contract.js'
import type { Json, Message } from '../../twin/message.js'
import type { Twin } from '../../twin/registry.js'

export interface Method {
  /** As the discovery document has it, after `healthcare.projects.locations.`: `datasets.create`. */
  readonly id: string
  readonly verb: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Below /v1: `{parent}/datasets`. What is in braces is part of a name and has no slash. */
  readonly path: string
  /** Parameters of the query. */
  readonly query?: readonly string[]
  readonly body?: Message
  readonly summary: string
  /** False: it is answered with 501. */
  readonly imitated?: boolean
  handle(call: Call): Promise<object>
}

export interface Call {
  readonly twin: Twin
  readonly who: Principal
  /** The resource the address names: all of it, or what is before its verb. */
  readonly name: string
  readonly query: Readonly<Record<string, string | undefined>>
  readonly body: Json
  /** Address of /v1 as this client sees it, without a slash at the end. */
  readonly base: string
}

export const LOCATIONS = '/projects/{project}/locations'
export const LOCATION = `${LOCATIONS}/{location}`
export const DATASETS = `${LOCATION}/datasets`
export const DATASET = `${DATASETS}/{dataset}`
export const STORES = `${DATASET}/fhirStores`
export const STORE = `${STORES}/{store}`
export const OPERATIONS = `${DATASET}/operations`
export const OPERATION = `${OPERATIONS}/{operation}`
