/** FHIR NDJSON as objects of Cloud Storage: the same names as in a folder, below a prefix. */
import { fail } from '../errors.js'
import { resourceTypes } from '../fhir/definitions.js'
import { openGcsObjects } from '../files/gcs-objects.js'
import { writeObject } from '../files/gcs-write.js'
import { deletions, lines } from './bodies.js'
import type { ExportOptions, Output } from './export.js'
import { DELETED, REPORT } from './folder.js'

const TYPE = { contentType: 'application/fhir+ndjson' }

/** prefix: `gs://bucket/path/`. Throws bucket.*, export.not-empty. */
export async function objectsOutput(prefix: string, { types, since, google }: ExportOptions): Promise<Output> {
  const objects = openGcsObjects(prefix, google)
  const exported = new Set([...(types ?? resourceTypes()), DELETED].map((type) => `${type}.ndjson`))
  /** Of an earlier export, with nothing yet to take their place. */
  const stale = new Set<string>()
  let isWhole = false
  for await (const { name } of objects.list('')) {
    if (exported.has(name)) stale.add(name)
    isWhole ||= name === REPORT
  }
  if (since !== undefined && isWhole) throw fail('export.not-empty', { path: prefix })
  // As long as it is not there the export is not whole.
  if (isWhole) await objects.delete(REPORT)
  return {
    async write(type, pages) {
      const name = `${type}.ndjson`
      const contents = filled(pages())
      // An upload that was begun makes an object, even of nothing.
      const first = await contents.next()
      if (first.done === true) return undefined
      const bytes = await writeObject(prefix + name, from(first.value, contents), { google, ...TYPE })
      stale.delete(name)
      return { name, bytes }
    },
    async finish(deleted, report) {
      if (since !== undefined) await objects.put(`${DELETED}.ndjson`, Buffer.from(deletions(deleted)))
      for (const name of stale) await objects.delete(name)
      await objects.put(REPORT, Buffer.from(`${JSON.stringify(report, undefined, 1)}\n`))
    },
    close: async () => {}
  }
}

async function* filled(pages: AsyncIterable<Parameters<typeof lines>[0]>): AsyncGenerator<Buffer> {
  for await (const page of pages) if (page.lengths.length > 0) yield lines(page)
}

async function* from(first: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield first
  yield* rest
}
