/**
 * The methods of `projects.locations.datasets.fhirStores.fhir`. Most are the interactions of /fhir, carried out on a service that speaks the API's forms (service.ts);
 * what the API does in another way is here or in a file of its own. A bundle may hold all of them but searches.
 */
import { fail } from '../../../errors.js'
import { create } from '../../fhir/create.js'
import { remove } from '../../fhir/delete.js'
import type { FhirRequest, Handler, Interaction, Route } from '../../fhir/interaction.js'
import { validate } from '../../fhir/operations/validate.js'
import { patch } from '../../fhir/patch.js'
import { read } from '../../fhir/read.js'
import { transaction } from '../../fhir/transaction.js'
import { update } from '../../fhir/update.js'
import { vread } from '../../fhir/vread.js'
import { contentWritten } from './binary.js'
import { capabilities } from './capabilities.js'
import { checkIfNoneExist, identifiersOf } from './conditions.js'
import type { Method, MethodContext } from './context.js'
import { everything } from './everything.js'
import { history } from './history.js'
import { search } from './search.js'

/** An interaction of /fhir, once the request has been looked at and cut down to what the API reads of it. */
function as(interaction: Interaction, look: (request: FhirRequest) => Partial<FhirRequest>): Method {
  return {
    code: interaction.code,
    routes: interaction.routes,
    handler: (context) => {
      const handle = interaction.handler(context)
      return (request) => handle({ ...request, ...look(request) })
    }
  }
}

function route(method: Route['method'], url: string, summary: string): Route {
  return { method, url, body: method === 'POST' ? 'resource' : 'nothing', summary }
}

/** Parameters that select, where the address has no id. */
function selecting({ params, parameters }: FhirRequest): Partial<FhirRequest> {
  return { parameters: params.id ? [] : identifiersOf(parameters) }
}

const nothing = (): Partial<FhirRequest> => ({ parameters: [] })

const ofResources: readonly Method[] = [
  as(read, nothing),
  as(vread, nothing),
  contentWritten(
    as(create, ({ params, headers }) => {
      checkIfNoneExist(params.type, headers['if-none-exist'])
      return { parameters: [] }
    })
  ),
  contentWritten(as(update, selecting)),
  as(patch, (request) => {
    if (!/^\s*\[/.test(request.body)) throw fail('twin.not-imitated', { what: 'A patch that is no JSON Patch' })
    return { ...selecting(request), headers: { ...request.headers, 'content-type': 'application/json-patch+json' } }
  }),
  emptied(as(remove, selecting)),
  {
    code: 'history-instance',
    routes: [route('GET', '/:type/:id/_history', 'Versions of a resource')],
    handler: (context) => (request) => history(context, request)
  }
]

const beside: readonly Method[] = [
  {
    code: 'search-type',
    routes: [route('GET', '/:type', 'Search a type'), route('POST', '/:type/_search', 'Search a type, with the parameters in the query')],
    handler: (context) => (request) => search(context, request)
  },
  {
    code: 'search-system',
    routes: [
      route('GET', '/', 'Search several types'),
      route('POST', '/_search', 'Search several types, with the parameters in the query')
    ],
    handler: (context) => (request) => search(context, request)
  },
  { code: 'transaction', routes: [route('POST', '/', 'executeBundle')], handler: (context) => transaction.handler(context) },
  {
    code: 'capabilities',
    routes: [route('GET', '/metadata', 'CapabilityStatement')],
    handler: (context) =>
      capabilities(
        context,
        METHODS.map(({ code }) => code)
      )
  },
  {
    code: '$everything',
    routes: [route('GET', '/Patient/:id/$everything', 'Everything about a patient')],
    handler: (context) => (request) => everything(context, request)
  },
  {
    code: '$validate',
    routes: [route('POST', '/:type/$validate', 'Say what is wrong with a resource')],
    handler: validated
  },
  {
    code: '$purge',
    routes: [route('DELETE', '/:type/:id/$purge', 'Remove the versions that are not current')],
    handler:
      ({ service }) =>
      async ({ principal, params: { type, id } }) => {
        await service.purge(principal, type, id)
        return { status: 200, headers: {}, body: '{}' }
      }
  }
]

export const METHODS: readonly Method[] = [...ofResources, ...beside]

/** What entries of a bundle may ask for. */
export function entryMethods(context: MethodContext): readonly Interaction[] {
  const refused: Interaction = {
    code: 'search-type',
    routes: [route('GET', '/:type', 'Search'), route('POST', '/:type/_search', 'Search'), route('POST', '/_search', 'Search')],
    handler: () => async () => {
      throw fail('twin.not-imitated', { what: 'A search within a bundle' })
    }
  }
  return [...ofResources.map((one) => ({ ...one, code: one.code as Interaction['code'], handler: () => one.handler(context) })), refused]
}

/** A delete is answered with 200 and nothing, whether or not there was something to delete. */
function emptied(method: Method): Method {
  return {
    ...method,
    handler: (context) => {
      const handle = method.handler(context)
      return async (request) => {
        await handle(request)
        return { status: 200, headers: {} }
      }
    }
  }
}

/** The resource itself is sent, and `profile` in the query; there is no Parameters resource to take it out of. */
function validated(context: MethodContext): Handler {
  const handle = validate.handler(context)
  return async (request) => {
    if (/"resourceType"\s*:\s*"Parameters"/.test(request.body) && request.params.type !== 'Parameters')
      throw fail('twin.not-imitated', { what: 'Parameters as the input of $validate' })
    const profiles = request.parameters.filter(([name]) => name === 'profile')
    return handle({ ...request, parameters: profiles })
  }
}
