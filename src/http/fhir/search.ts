/** What every search over HTTP does: parameters of the address and of a form count together, POST and GET give the same answer. */

import { parseParameters } from '../../fhir/parameters.js'
import { parseSearch } from '../../fhir/search-query.js'
import { parsePrefer } from './headers.js'
import type { FhirContext, FhirRequest, FhirResponse } from './interaction.js'
import { answer, PRIVATE } from './respond.js'
import { searchBundle } from './search-bundle.js'

export interface SearchPlace {
  /** Undefined: over several types. */
  readonly type: string | undefined
  readonly compartment?: { readonly type: string; readonly id: string }
}

export async function search({ service }: FhirContext, request: FhirRequest, { type, compartment }: SearchPlace): Promise<FhirResponse> {
  const { principal, base, parameters, headers, body } = request
  const { handling } = parsePrefer(headers['prefer'])
  const query = parseSearch(type, [...parameters, ...parseParameters(body)], {
    handling,
    baseUrl: base,
    custom: service.searchParameters(),
    ...(compartment === undefined ? {} : { compartment })
  })
  const within = compartment === undefined ? '' : `/${compartment.type}/${compartment.id}`
  const target = type ?? (compartment === undefined ? '' : '*')
  return answer(searchBundle(base, `${within}${target === '' ? '' : `/${target}`}`, query, await service.search(principal, query)), PRIVATE)
}
