/** Whether what the service needs around it is there, and may be used: what `wardbridge doctor` tells. Nothing is changed. */
import { accessSync, constants, existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { isBucketPath, isStoreName, type Settings } from '../config.js'
import type { Finding } from '../google/finding.js'

export type { Finding } from '../google/finding.js'

/** The agent by which the Cloud Healthcare API reads and writes buckets and datasets. */
const AGENT = 'service-PROJECT_NUMBER@gcp-sa-healthcare.iam.gserviceaccount.com'

/** dataset: one of BigQuery to look at, `bq://project.dataset`. Each place is looked at by itself: one that fails hides none of the others. */
export async function checkSurroundings(
  settings: Settings,
  dataset?: { readonly project: string; readonly dataset: string }
): Promise<Finding[]> {
  const { store, state, files, google } = settings
  const isRemote = isStoreName(store)
  const buckets = [
    ['state', state],
    ['contents', files],
    ['staging', google.staging]
  ].filter((one): one is [string, string] => one[1] !== undefined && isBucketPath(one[1]))
  const found: Finding[] = []
  let hasCredentials = true
  if (isRemote || buckets.length > 0 || dataset !== undefined) {
    const { checkCredentials } = await import('../google/credentials.js')
    const credentials = await checkCredentials(google)
    hasCredentials = credentials.state === 'ok'
    found.push(credentials)
  }
  if (isRemote) {
    const { checkFhirStore } = await import('../store/healthcare/doctor.js')
    const looked = hasCredentials ? await checkFhirStore(store, google) : [unseen(`FHIR store ${store}`)]
    found.push(...looked, ...staging(google.staging))
  } else found.push(folder('embedded store', store))
  if (!isBucketPath(state)) found.push(folder('state', `${state}/service.db`))
  if (!isBucketPath(files)) found.push(folder('contents', `${files}/x`))
  for (const [what, path] of buckets) {
    const { checkBucket } = await import('../files/gcs-doctor.js')
    // Without credentials too: a server on this machine may ask for none.
    found.push(await checkBucket(what, path, google))
  }
  if (dataset !== undefined) {
    const { checkBigQuery } = await import('../warehouse/bigquery-doctor.js')
    found.push(
      hasCredentials
        ? await checkBigQuery(dataset.project, dataset.dataset, google)
        : unseen(`BigQuery dataset ${dataset.project}.${dataset.dataset}`)
    )
  }
  return found
}

function unseen(what: string): Finding {
  return { what, state: 'unknown', detail: 'not looked at without credentials' }
}

function staging(path: string | undefined): Finding[] {
  if (path === undefined)
    return [
      {
        what: 'staging',
        state: 'missing',
        detail: 'no prefix in Cloud Storage: bulk loads are refused',
        remedy: 'set WARDBRIDGE_STAGING to gs://bucket/prefix'
      }
    ]
  return [
    {
      what: 'service agent of the Cloud Healthcare API',
      state: 'unknown',
      detail: `what it may do cannot be seen from here; imports and exports read and write ${path} as ${AGENT}`,
      remedy:
        'grant it roles/storage.objectAdmin on the bucket; for exports to BigQuery also roles/bigquery.dataEditor and roles/bigquery.jobUser'
    }
  ]
}

/** The nearest folder that is there must be writable. */
function folder(what: string, path: string): Finding {
  let place = dirname(path)
  while (!existsSync(place) && dirname(place) !== place) place = dirname(place)
  try {
    accessSync(existsSync(path) ? path : place, constants.R_OK | constants.W_OK)
    return { what, state: 'ok', detail: `${path.replace(/\/x$/, '')} ${existsSync(path) ? 'is there' : 'can be made'}` }
  } catch {
    return {
      what,
      state: 'missing',
      detail: `${place} cannot be written`,
      remedy: 'name another place, or give this user the right to write there'
    }
  }
}
