/** Whether a dataset of BigQuery is there, and may be loaded into. */
import type { GoogleSettings } from '../config-google.js'
import { googleAccess } from '../google/auth.js'
import { type Finding, reasonOf } from '../google/finding.js'

const ROLES = 'grant roles/bigquery.dataEditor on the dataset and roles/bigquery.jobUser on the project'

/** Looks at the dataset only: whether jobs may be begun is seen when one is. */
export async function checkBigQuery(project: string, dataset: string, google: GoogleSettings): Promise<Finding> {
  const what = `BigQuery dataset ${project}.${dataset}`
  const { BigQuery } = await import('@google-cloud/bigquery')
  const { origin, auth } = googleAccess(google, 'bigquery')
  const client = new BigQuery({
    projectId: project,
    ...(origin === undefined ? {} : { apiEndpoint: origin }),
    ...('setCredentials' in auth ? { authClient: auth } : {})
  })
  try {
    const [metadata] = await client.dataset(dataset).getMetadata()
    const { location } = metadata as { readonly location?: string }
    return {
      what,
      state: 'ok',
      detail: `is there${location === undefined ? '' : `, in ${location}`}; loading also needs roles/bigquery.jobUser`
    }
  } catch (error) {
    const { code } = error as { code?: unknown }
    if (code === 404) return { what, state: 'missing', detail: 'there is no such dataset', remedy: `bq mk --dataset ${project}:${dataset}` }
    if (code === 401 || code === 403) return { what, state: 'missing', detail: `HTTP ${code}`, remedy: ROLES }
    return { what, state: 'unknown', detail: reasonOf(error) }
  }
}
