/** The settings of the local twin of the Cloud Healthcare API: the `/v1` door. */
import type { SettingRow } from './config.js'

export const TWIN_SETTINGS = {
  twin: {
    env: 'WARDBRIDGE_TWIN',
    since: '0.3.0',
    description: 'Whether `serve` answers the v1 surface of the Cloud Healthcare API under `/v1`.',
    schema: { type: 'string', default: 'on', enum: ['on', 'off'] }
  },
  twinStore: {
    env: 'WARDBRIDGE_TWIN_STORE',
    since: '0.3.0',
    description: 'The name under which the store of the server is found there.',
    schema: {
      type: 'string',
      default: 'projects/wardbridge/locations/local/datasets/wardbridge/fhirStores/main',
      pattern: '^projects/[^/]+/locations/[^/]+/datasets/[A-Za-z0-9_.-]{1,256}/fhirStores/[A-Za-z0-9_.-]{1,256}$'
    }
  },
  twinFolder: {
    env: 'WARDBRIDGE_TWIN_FOLDER',
    since: '0.3.0',
    description: 'Folder of the other stores that are made there, one file each.',
    unset: '`twin` in the folder of the state',
    schema: { type: 'string' }
  },
  twinLag: {
    env: 'WARDBRIDGE_TWIN_LAG',
    option: '--twin-lag',
    since: '0.3.0',
    description:
      'Milliseconds after which a write shows in searches under `/v1`, as the index of the Cloud Healthcare API is asynchronous; 0: at once.',
    schema: { type: 'integer', default: 0, minimum: 0, maximum: 600_000 }
  }
} as const satisfies Record<string, SettingRow>
