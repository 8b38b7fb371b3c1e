/** vread (R4 http.html#vread): one version, also an old one or one before a deletion; conditional as read is; with _summary and _elements. */
import { cutResource, subsetOf } from '../../fhir/subset.js'
import { asksForContent, binaryAnswer } from './binary.js'
import { isNotModified } from './headers.js'
import type { Interaction } from './interaction.js'
import { answer, versionHeaders } from './respond.js'

export const vread: Interaction = {
  code: 'vread',
  routes: [{ method: 'GET', url: '/:type/:id/_history/:vid', body: 'nothing', summary: 'Read one version of a resource' }],
  handler:
    ({ service }) =>
    async (request) => {
      const { principal, parameters, headers } = request
      const { type, id, vid } = request.params
      const subset = subsetOf(parameters)
      const resource = await service.vread(principal, type, id, vid)
      const version = versionHeaders(resource)
      if (isNotModified(headers, resource)) return { status: 304, headers: version }
      if (type === 'Binary' && (subset === undefined || asksForContent(request)))
        return binaryAnswer(resource.body, await service.contents.of(resource), request, version)
      return answer(subset === undefined ? resource.body : cutResource(resource.body, subset), version)
    }
}
