/** The settings of a FHIR store at Google, as far as they change what can be promised. */
import { fail, WardbridgeError } from '../../errors.js'
import type { Caller } from './caller.js'

export interface StoreFacts {
  readonly versioned: boolean
  readonly enforcesReferences: boolean
}

/** Throws store.open when the store is not one that the service can work with, and says what is to be changed. */
export async function readFacts(caller: Caller): Promise<StoreFacts> {
  const { store } = caller
  let text: string
  try {
    const send: Parameters<Caller['call']>[0]['send'] = ({ fhirStores }, options) => fhirStores.get({ name: store }, options)
    text = (await caller.call({ method: 'fhirStores.get', again: 'reads', what: store, send })).text
  } catch (error) {
    if (!(error instanceof WardbridgeError)) throw error
    const reason = error.code === 'resource.not-found' ? 'there is no such FHIR store' : error.message
    throw fail('store.open', { path: store, reason }, { cause: error })
  }
  const { version, enableUpdateCreate, disableReferentialIntegrity, disableResourceVersioning } = JSON.parse(text) as Partial<
    Record<'version' | 'enableUpdateCreate' | 'disableReferentialIntegrity' | 'disableResourceVersioning', unknown>
  >
  if (version !== 'R4') throw fail('store.open', { path: store, reason: `it is a store of FHIR ${String(version)}, not of R4` })
  if (enableUpdateCreate !== true)
    throw fail('store.open', { path: store, reason: 'enableUpdateCreate is off: resources could not be written under ids of their own' })
  return { versioned: disableResourceVersioning !== true, enforcesReferences: disableReferentialIntegrity !== true }
}
