/** Objects of Cloud Storage as sources: each is pinned to the generation that was found, so that all of a load reads one state of it. */
import type { File, GetFilesOptions } from '@google-cloud/storage'
import type { GoogleSettings } from '../config-google.js'
import { fail } from '../errors.js'
import { BucketCaller } from './gcs-caller.js'
import { parseBucketPath } from './gcs-client.js'
import { type PinnedObject, pathOf, pin, readObject } from './gcs-read.js'
import type { Found, SourceFile } from './sources.js'

const PAGE = 1000

/** As findFiles. */
export async function findObjects(place: string, google: GoogleSettings): Promise<readonly Found[]> {
  const { bucket, name } = parseBucketPath(place)
  const caller = new BucketCaller(bucket, google)
  const exact = name === '' || name.includes('*') || name.endsWith('/') ? undefined : await findOne(caller, name)
  if (exact !== undefined) return [{ path: place, inFolder: false, file: sourceOf(caller, exact) }]
  const pattern = /[*?[{]/.exec(name)
  const folder = name === '' || name.endsWith('/') ? name : `${name}/`
  const { objects, folders } = await list(
    caller,
    pattern === null ? { prefix: folder, delimiter: '/' } : { prefix: name.slice(0, pattern.index), matchGlob: name }
  )
  const found: Found[] = [
    // An object named as a folder stands for it in some tools.
    ...objects.filter((object) => !object.name.endsWith('/')).map((object) => ({ name: object.name, file: sourceOf(caller, object) })),
    ...folders.map((one) => ({ name: one, file: undefined }))
  ]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name: one, file }) => ({ path: pathOf(caller, { name: one }), inFolder: true, file }))
  if (found.length === 0) throw fail('source.not-found', { path: place })
  return found
}

async function findOne(caller: BucketCaller, name: string): Promise<PinnedObject | undefined> {
  return caller.call('objects.get', async (bucket) => pin((await bucket.file(name).getMetadata())[0]), { absent: [404] })
}

async function list(
  caller: BucketCaller,
  query: GetFilesOptions
): Promise<{ readonly objects: PinnedObject[]; readonly folders: string[] }> {
  const objects: PinnedObject[] = []
  const folders = new Set<string>()
  let pageToken: string | undefined
  do {
    const page = { ...query, maxResults: PAGE, autoPaginate: false, ...(pageToken === undefined ? {} : { pageToken }) }
    const [files, next, answer] = (await caller.call('objects.list', (bucket) => bucket.getFiles(page) as Promise<Page>))!
    for (const file of files) objects.push(pin(file.metadata))
    for (const one of answer?.prefixes ?? []) folders.add(one)
    pageToken = next?.pageToken
  } while (pageToken !== undefined)
  return { objects, folders: [...folders] }
}

type Page = [File[], { pageToken?: string } | null, { prefixes?: string[] } | undefined]

function sourceOf(caller: BucketCaller, object: PinnedObject): SourceFile {
  const path = pathOf(caller, object)
  const { size, generation } = object
  const changed = () => fail('source.changed', { path, generation })
  return {
    path,
    size,
    version: generation,
    // A zipped file whose object says so, too, was zipped once.
    zipped: object.zipped || path.toLowerCase().endsWith('.gz'),
    read: (onRead) => readObject(caller, object, { changed, onRead })
  }
}
