/** The settings of Google Cloud: where its services are, what they are called with, and where files pass through. */
import type { SettingRow } from './config.js'
import { fail } from './errors.js'
import { isLoopback } from './loopback.js'

export interface GoogleSettings {
  /** Origins, without a slash at the end; undefined: Google's own. */
  readonly healthcareUrl: string | undefined
  readonly storageUrl: string | undefined
  readonly bigqueryUrl: string | undefined
  /** A fixed access token; undefined: application default credentials. */
  readonly token: string | undefined
  /** `gs://bucket/prefix` of files on their way into and out of a Cloud Healthcare API store. */
  readonly staging: string | undefined
  /** Milliseconds that all tries of one call may take together. */
  readonly callBudget: number
}

const ORIGIN = '^https?://[^\\s/?#]+/?$'

export const GOOGLE_SETTINGS = {
  googleHealthcareUrl: {
    env: 'WARDBRIDGE_HEALTHCARE_URL',
    since: '0.3.0',
    description: 'Origin of the Cloud Healthcare API: `http://127.0.0.1:8080` for the local twin.',
    unset: '`https://healthcare.googleapis.com`',
    schema: { type: 'string', pattern: ORIGIN }
  },
  googleStorageUrl: {
    env: 'WARDBRIDGE_STORAGE_URL',
    since: '0.3.0',
    description: 'Origin of Cloud Storage.',
    unset: '`https://storage.googleapis.com`',
    schema: { type: 'string', pattern: ORIGIN }
  },
  googleBigqueryUrl: {
    env: 'WARDBRIDGE_BIGQUERY_URL',
    since: '0.3.0',
    description: 'Origin of the BigQuery API.',
    unset: '`https://bigquery.googleapis.com`',
    schema: { type: 'string', pattern: ORIGIN }
  },
  googleToken: {
    env: 'WARDBRIDGE_GOOGLE_TOKEN',
    since: '0.3.0',
    description: 'Fixed access token for these services, as the local twin takes it.',
    unset: 'application default credentials',
    schema: { type: 'string' }
  },
  googleStaging: {
    env: 'WARDBRIDGE_STAGING',
    since: '0.3.0',
    description: '`gs://bucket/prefix` where files wait that a Cloud Healthcare API store imports. Give it a life cycle rule of some days.',
    unset: 'none: bulk loads into such a store are refused',
    schema: { type: 'string', pattern: '^gs://[a-z0-9._-]+(/.*)?$' }
  },
  googleCallBudget: {
    env: 'WARDBRIDGE_CALL_BUDGET',
    since: '0.3.0',
    description: 'Milliseconds that the calls behind one request to a Cloud Healthcare API store may take, retries and waits included.',
    schema: { type: 'integer', default: 30_000, minimum: 100, maximum: 600_000 }
  }
} as const satisfies Record<string, SettingRow>

/** Throws config when a token would be sent over an open line. */
export function readGoogle(value: Readonly<Record<keyof typeof GOOGLE_SETTINGS, unknown>>): GoogleSettings {
  return {
    healthcareUrl: origin(value.googleHealthcareUrl),
    storageUrl: origin(value.googleStorageUrl),
    bigqueryUrl: origin(value.googleBigqueryUrl),
    token: value.googleToken as string | undefined,
    staging: (value.googleStaging as string | undefined)?.replace(/\/+$/, ''),
    callBudget: value.googleCallBudget as number
  }
}

function origin(value: unknown): string | undefined {
  if (value === undefined) return undefined
  const url = new URL(value as string)
  if (url.protocol !== 'https:' && !isLoopback(url.hostname))
    throw fail('config', { reason: `Google's services are called by https, or on this machine, not at ${url.origin}` })
  return url.origin
}
