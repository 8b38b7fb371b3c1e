/**
 * patch (R4 http.html#patch): JSON Patch, or FHIRPath Patch as a Parameters resource; guarded by If-Match. Without an id in the address it is conditional:
 * search criteria select the resource.
 */
import type { PatchBody } from '../../service/patch.js'
import { parseConditions } from './headers.js'
import type { Interaction } from './interaction.js'
import { isFhirJson } from './negotiate.js'
import { written } from './respond.js'

export const patch: Interaction = {
  code: 'patch',
  routes: [
    { method: 'PATCH', url: '/:type/:id', body: 'patch', summary: 'Change parts of a resource: JSON Patch or FHIRPath Patch' },
    { method: 'PATCH', url: '/:type', body: 'patch', summary: 'Change parts of the one resource that matches the search criteria' }
  ],
  handler:
    ({ service }) =>
    async (request) => {
      const { principal, base, parameters, headers } = request
      const { type, id } = request.params
      const options = parseConditions(headers)
      const body = patchBody(request.body, headers['content-type'] ?? '')
      if (id) return written(request, await service.patch(principal, type, id, body, options))
      return written(request, await service.patchMatch(principal, { type, parameters, baseUrl: base }, body, options), { located: true })
    }
}

/** Plain JSON may be either: a JSON Patch is an array. */
function patchBody(text: string, contentType: string): PatchBody {
  const isJsonPatch = !isFhirJson(contentType) || (/^\s*application\/json\b/i.test(contentType) && /^\s*\[/.test(text))
  return { format: isJsonPatch ? 'json-patch' : 'fhirpath-patch', text }
}
