/** Where an export goes. */
import { resolve } from 'node:path'
import { fail } from '../errors.js'

export type Target =
  /** FHIR NDJSON, a file per type. */
  | { readonly kind: 'ndjson'; readonly folder: string }
  /** The same as objects of Cloud Storage; prefix: `gs://bucket/path/`. */
  | { readonly kind: 'objects'; readonly prefix: string }
  /** Tables, a Parquet file per type. */
  | { readonly kind: 'parquet'; readonly folder: string }
  /** Tables of a dataset of BigQuery. */
  | { readonly kind: 'bigquery'; readonly project: string; readonly dataset: string }

const DATASET = /^bq:\/\/([a-z0-9.:-]*[a-z0-9])\.([A-Za-z0-9_]{1,1024})$/

/** Reads `ndjson:DIR`, `ndjson:gs://bucket/prefix`, `gs://bucket/prefix`, `parquet:DIR` or `bq://project.dataset`. option: what it was given as. Throws cli.usage. */
export function parseTarget(text: string, option = '--to'): Target {
  const [, kind, place = ''] = /^(ndjson|parquet):(.+)$/s.exec(text) ?? []
  const objects = kind === 'ndjson' ? place : text
  if (objects.startsWith('gs://')) return { kind: 'objects', prefix: objects.endsWith('/') ? objects : `${objects}/` }
  if (kind === 'ndjson') return { kind, folder: resolve(place) }
  if (kind === 'parquet' && !place.includes('://')) return { kind, folder: resolve(place) }
  const [, project, dataset] = DATASET.exec(text) ?? []
  if (project !== undefined && dataset !== undefined) return { kind: 'bigquery', project, dataset }
  throw fail('cli.usage', {
    reason: `${option} takes ndjson:FOLDER, parquet:FOLDER, gs://BUCKET/PREFIX or bq://PROJECT.DATASET, not "${text}"`
  })
}
