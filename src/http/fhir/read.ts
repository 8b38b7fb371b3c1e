/** read (R4 http.html#read), with conditional read, _summary and _elements. HEAD comes with it. */
import { cutResource, subsetOf } from '../../fhir/subset.js'
import { asksForContent, binaryAnswer } from './binary.js'
import { isNotModified } from './headers.js'
import type { Interaction } from './interaction.js'
import { answer, versionHeaders } from './respond.js'

export const read: Interaction = {
  code: 'read',
  routes: [{ method: 'GET', url: '/:type/:id', body: 'nothing', summary: 'Read the current version of a resource' }],
  handler:
    ({ service }) =>
    async (request) => {
      const { principal, headers, parameters } = request
      const { type, id } = request.params
      const subset = subsetOf(parameters)
      const resource = await service.read(principal, type, id)
      const version = versionHeaders(resource)
      if (isNotModified(headers, resource)) return { status: 304, headers: version }
      if (type === 'Binary' && (subset === undefined || asksForContent(request)))
        return binaryAnswer(resource.body, await service.contents.of(resource), request, version)
      return answer(subset === undefined ? resource.body : cutResource(resource.body, subset), version)
    }
}
