/** What Google's clients are called with: application default credentials, or a fixed token for services on this machine. */
import { GoogleAuth, OAuth2Client } from 'google-auth-library'
import type { GoogleSettings } from '../config-google.js'

/** Takes in the Cloud Healthcare API, Cloud Storage and BigQuery. */
const SCOPE = 'https://www.googleapis.com/auth/cloud-platform'

/** Where a service is, and what it is called with. Nothing is looked up before the first call. */
export interface GoogleAccess {
  /** Origin; undefined: Google's own. */
  readonly origin: string | undefined
  readonly auth: GoogleAuth | OAuth2Client
}

/** Access to one of the services. */
export function googleAccess(google: GoogleSettings, service: 'healthcare' | 'storage' | 'bigquery'): GoogleAccess {
  const origin = { healthcare: google.healthcareUrl, storage: google.storageUrl, bigquery: google.bigqueryUrl }[service]
  return { origin, auth: google.token === undefined ? new GoogleAuth({ scopes: [SCOPE] }) : fixed(google.token) }
}

function fixed(token: string): OAuth2Client {
  const client = new OAuth2Client()
  client.setCredentials({ access_token: token })
  return client
}
