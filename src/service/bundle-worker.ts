/** A thread that reads large bundles: see bundle-reader.ts. */
import { readBundle } from '../fhir/bundle/read.js'
import { serve } from '../store/sqlite/thread.js'
import { packBundle, type ReadRequest } from './bundle-reader.js'

serve<ReadRequest>(
  (calls, replies) => {
    for (const { call, request } of calls) {
      try {
        const packed = packBundle(readBundle(request.text, request.base, { structure: request.structure }))
        replies.value(call, packed, [...packed.entries, packed.answers])
      } catch (error) {
        replies.error(call, error)
      }
      replies.flush()
    }
  },
  () => {}
)
