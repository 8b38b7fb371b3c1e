/** A thread that reads large bundles: see bundle-reader.ts. */
import { readBundle } from '../fhir/bundle/read.js'
import { serve } from '../store/sqlite/thread.js'
import type { ReadRequest } from './bundle-reader.js'

serve<ReadRequest>(
  (calls, replies) => {
    for (const { call, request } of calls) {
      try {
        replies.value(call, readBundle(request.text, request.base, { structure: request.structure }))
      } catch (error) {
        replies.error(call, error)
      }
      replies.flush()
    }
  },
  () => {}
)
