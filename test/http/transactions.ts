/** Transactions sent, and what tests look at in their answers. */
import { type Answer, type Built, patient } from '../helper.js'
import type { Entry } from './entries.js'

export const bundle = (...entry: Entry[]) => ({ resourceType: 'Bundle', type: 'transaction', ...(entry.length > 0 ? { entry } : {}) })
export const identified = (value: string, more: object = {}) => patient({ identifier: [{ system: 'urn:mrn', value }], ...more })
export const A = 'urn:uuid:11111111-1111-4111-8111-111111111111'
export const B = 'urn:uuid:22222222-2222-4222-8222-222222222222'

export const send = (built: Built, ...entry: Entry[]) => built.ask('POST', '/fhir', { body: bundle(...entry) })
export const total = async (built: Built, type: string) => (await built.ask('GET', `/fhir/${type}?_summary=count`)).json.total as number
export const statuses = (answer: Answer) =>
  answer.json.entry?.map(({ response }: { response: { status: string } }) => response.status.slice(0, 3))
/** What was written by an entry, as it is stored. */
export const stored = async (built: Built, answer: Answer, entry: number) =>
  (await built.ask('GET', `/fhir/${answer.json.entry[entry].response.location.replace(/\/_history.*/, '')}`)).json
