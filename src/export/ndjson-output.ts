/** FHIR NDJSON in a folder: `Patient.ndjson`, ..., and `deleted.ndjson` of an export with since. */
import { deletions, lines } from './bodies.js'
import type { ExportOptions, Output } from './export.js'
import { DELETED, ExportFolder, wholeBy, writeWhole } from './folder.js'

export async function ndjsonOutput(folder: string, options: ExportOptions): Promise<Output> {
  const files = await ExportFolder.open(folder, '.ndjson', options)
  return {
    async write(type, pages) {
      const { name, path } = files.file(type)
      const bytes = await wholeBy(path, async (handle) => {
        let resources = 0
        for await (const page of pages()) {
          resources += page.lengths.length
          await handle.write(lines(page))
        }
        return resources > 0
      })
      if (bytes === undefined) return undefined
      files.made(name)
      return { name, bytes }
    },
    async finish(deleted, report) {
      if (options.since !== undefined) await writeWhole(files.file(DELETED).path, deletions(deleted))
      await files.finish(report)
    },
    close: async () => {}
  }
}
