/** Thread that applies FHIRPath Patches: an expression of a client may cost any time. */
import { parseJson, stringifyJson } from '../fhir/json.js'
import { parseFhirPathPatch } from '../fhir/patch/fhirpath-patch.js'
import { serveKillable } from './killable.js'

serveKillable<{ readonly resource: string; readonly patch: string }>(({ resource, patch }) =>
  stringifyJson(parseFhirPathPatch(patch)(parseJson(resource)))
)
