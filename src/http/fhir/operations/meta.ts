/**
 * $meta (R4 resource-operation-meta.html): the meta of a resource or of one of its versions; of a type or of everything, the profiles, tags and security
 * labels in use.
 */
import { parseJson, stringifyJson } from '../../../fhir/json.js'
import type { Labels } from '../../../store/repository.js'
import type { FhirResponse, Operation } from '../interaction.js'
import { answer, PRIVATE, versionHeaders } from '../respond.js'

export const meta: Operation = {
  name: 'meta',
  definition: 'http://hl7.org/fhir/OperationDefinition/Resource-meta',
  summary: 'Profiles, tags and security labels: of a resource, or those in use',
  system: true,
  type: 'all',
  instance: 'all',
  version: 'all',
  affectsState: false,
  handler:
    ({ service }) =>
    async ({ principal, params: { type, id, vid } }) => {
      if (!id) return answer(returned(JSON.stringify(inUse(await service.labels(principal, type || undefined)))), PRIVATE)
      return metaAnswer(vid ? await service.vread(principal, type, id, vid) : await service.read(principal, type, id))
    }
}

/** Answers with the meta of a version. */
export function metaAnswer(version: {
  readonly versionId: string
  readonly lastUpdated: number
  readonly body: Buffer | string
}): FhirResponse {
  const resource = parseJson(version.body.toString())
  const own = resource.kind === 'object' ? resource.members.find(({ name }) => name === 'meta')?.value : undefined
  return answer(returned(own === undefined ? '{}' : stringifyJson(own)), versionHeaders(version))
}

/** A Meta, as JSON, in Parameters. Without content it cannot stand there: a parameter must have a value (inv-1), and a value content. */
function returned(text: string): string {
  return text === '{}'
    ? '{"resourceType":"Parameters"}'
    : `{"resourceType":"Parameters","parameter":[{"name":"return","valueMeta":${text}}]}`
}

function inUse({ profiles, tags, security }: Labels): object {
  return {
    ...(profiles.length === 0 ? {} : { profile: profiles }),
    ...(security.length === 0 ? {} : { security }),
    ...(tags.length === 0 ? {} : { tag: tags })
  }
}
