/** Whether a dataset of BigQuery is there, and may be loaded into. */
import type { GoogleSettings } from '../config-google.js'
import { googleAccess } from '../google/auth.js'
import { type Finding, failureFinding } from '../google/finding.js'

const ROLES = 'grant roles/bigquery.dataEditor on the dataset and roles/bigquery.jobUser on the project'

/** Looks at the dataset only: whether jobs may be begun is seen when one is. */
export async function checkBigQuery(project: string, dataset: string, google: GoogleSettings): Promise<Finding> {
  const what = `BigQuery dataset ${project}.${dataset}`
  const { BigQuery } = await import('@google-cloud/bigquery')
  const { origin, auth } = googleAccess(google, 'bigquery')
  const client = new BigQuery({
    projectId: project,
    autoRetry: false,
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
    return failureFinding(what, error, {
      status: typeof code === 'number' ? code : undefined,
      absent: { detail: 'there is no such dataset', remedy: `bq mk --dataset ${project}:${dataset}` },
      grant: ROLES,
      setting: 'WARDBRIDGE_BIGQUERY_URL'
    })
  }
}
