/** Methods of the v1 surface that the twin answers with 501 UNIMPLEMENTED: docs/guides/twin.md lists them. */
import { fail } from '../../errors.js'
import { DATASET, LOCATION, type Method, STORE } from './method.js'

const refused = (verb: Method['verb'], path: string, id: string, what: string): Method => ({
  id,
  verb,
  path,
  summary: `Not imitated: ${what}`,
  imitated: false,
  handle: async () => {
    throw fail('twin.unimplemented', { what })
  }
})

const STORES = 'datasets.fhirStores'

export const NOT_IMITATED: readonly Method[] = [
  refused('POST', `${DATASET}:deidentify`, 'datasets.deidentify', 'de-identification'),
  refused('POST', `${STORE}:deidentify`, `${STORES}.deidentify`, 'de-identification'),
  refused('POST', `${STORE}:rollback`, `${STORES}.rollback`, 'rollback'),
  refused('POST', `${STORE}:applyConsents`, `${STORES}.applyConsents`, 'the enforcement of consents'),
  refused('POST', `${STORE}:applyAdminConsents`, `${STORES}.applyAdminConsents`, 'the enforcement of consents'),
  refused('GET', `${STORE}:explainDataAccess`, `${STORES}.explainDataAccess`, 'the enforcement of consents'),
  ...['consentStores', 'dicomStores', 'hl7V2Stores', 'dataMapperWorkspaces'].flatMap((kind) =>
    (['GET', 'POST', 'PATCH', 'DELETE'] as const).flatMap((verb) => [
      refused(verb, `${DATASET}/${kind}`, `datasets.${kind}`, kind),
      refused(verb, `${DATASET}/${kind}/*`, `datasets.${kind}`, kind)
    ])
  ),
  refused('POST', `${LOCATION}/services/nlp:analyzeEntities`, 'services.nlp.analyzeEntities', 'natural language')
]
