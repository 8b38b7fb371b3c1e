/** The shape of one route of the hospital's interface. Handlers know nothing of the web framework. */
import type { Versions } from '../../fhir/etags.js'
import type { Caller, Hospital, RowAnswer } from '../../hospital/hospital.js'
import type { Page, RowsPage } from '../../hospital/progress.js'
import type { TableName } from '../../hospital/tables.js'

export interface RestRequest {
  readonly caller: Caller
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  /** Text of the body; '' without one. */
  readonly body: string
  /** The version of the row that If-Match names; `*` for any. */
  readonly ifMatch: Versions | undefined
}

export type RestAnswer =
  /** location: below /rest, of what was created. */
  | { readonly kind: 'row'; readonly row: RowAnswer; readonly location?: string }
  | { readonly kind: 'rows'; readonly rows: RowsPage }
  | { readonly kind: 'nothing' }

export type RestHandler = (hospital: Hospital, request: RestRequest) => Promise<RestAnswer>

export interface RestRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Below /rest. */
  readonly url: string
  readonly summary: string
  /** The table whose rows go in or come out. */
  readonly table: TableName
  /** Members of a request body beside the columns, with what they say; of an answer, too, where the row has them. */
  readonly also?: Readonly<Record<string, string>>
  /** Columns of a request body; all, when not told; none: there is no body. */
  readonly takes?: readonly string[]
  /** Members that a request body must have; the required columns but for the key, when not told. */
  readonly needs?: readonly string[]
  /** An example of a request body. */
  readonly example?: object
  /** Parameters of the address behind the question mark, with what they say. Lists take `limit` and `cursor` as well. */
  readonly query?: Readonly<Record<string, string>>
  readonly list?: boolean
  readonly handler: RestHandler
}

export const DEFAULT_LIMIT = 50
export const MOST = 500

/** limit and cursor; a limit out of bounds is the nearest one. */
export function pageOf(query: URLSearchParams): Page {
  const limit = Number(query.get('limit') || DEFAULT_LIMIT)
  return {
    limit: Number.isInteger(limit) ? Math.min(Math.max(limit, 1), MOST) : DEFAULT_LIMIT,
    cursor: query.get('cursor') || undefined
  }
}
