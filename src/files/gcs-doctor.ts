/** Whether a bucket of Cloud Storage is there, and may be used. */
import type { GoogleSettings } from '../config-google.js'
import { type Finding, failureFinding, permissionFinding } from '../google/finding.js'
import { openStorage, parseBucketPath, statusOf } from './gcs-client.js'

const USER = 'roles/storage.objectUser'
/** With the least role that has it. */
const NEEDED = {
  'storage.objects.get': USER,
  'storage.objects.list': USER,
  'storage.objects.create': USER,
  'storage.objects.delete': USER
} as const

/** what: what is kept there. path: `gs://bucket/prefix`. Throws cli.usage for what is no such path. */
export async function checkBucket(what: string, path: string, google: GoogleSettings): Promise<Finding> {
  const { bucket } = parseBucketPath(path)
  const name = `${what}: bucket ${bucket}`
  try {
    const storage = await openStorage(google, { retries: false })
    const [held] = await storage.bucket(bucket).iam.testPermissions(Object.keys(NEEDED))
    return permissionFinding(
      name,
      NEEDED,
      Object.keys(held).filter((permission) => held[permission])
    )
  } catch (error) {
    return failureFinding(name, error, {
      status: statusOf(error),
      absent: { detail: 'there is no such bucket', remedy: `gcloud storage buckets create gs://${bucket}` },
      grant: `grant ${USER}`,
      setting: 'WARDBRIDGE_STORAGE_URL'
    })
  }
}
