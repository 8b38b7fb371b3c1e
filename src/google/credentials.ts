/** Whether there are credentials that Google's clients can use. */
import type { GoogleSettings } from '../config-google.js'
import { googleAccess } from './auth.js'
import { type Finding, reasonOf } from './finding.js'

/** Asks for an access token, as every call does. */
export async function checkCredentials(google: GoogleSettings): Promise<Finding> {
  const what = 'credentials'
  if (google.token !== undefined) return { what, state: 'ok', detail: 'a fixed token (WARDBRIDGE_GOOGLE_TOKEN)' }
  try {
    const { auth } = googleAccess(google, 'healthcare')
    if (!(await auth.getAccessToken())) throw new Error('no access token was given')
    return { what, state: 'ok', detail: 'application default credentials' }
  } catch (error) {
    return {
      what,
      state: 'missing',
      detail: reasonOf(error),
      remedy: 'attach a service account to the machine, or run `gcloud auth application-default login`'
    }
  }
}
