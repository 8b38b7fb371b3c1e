/** Refusals of the Cloud Healthcare API as errors of ours. Theirs goes along as the cause; of its words we repeat those about what the client sent. */
import { fail, type WardbridgeError } from '../../errors.js'

/** What the API said, kept as the cause of our error. */
export class ApiError extends Error {
  readonly status: number
  /** OperationOutcome.issue.details.text, such as invalid_references. */
  readonly reason: string | undefined
  readonly expression: string | undefined

  constructor(status: number, { text, diagnostics, expression }: Said) {
    super(diagnostics ?? text ?? `HTTP ${status}`)
    this.name = 'ApiError'
    this.status = status
    this.reason = text
    this.expression = expression
  }
}

interface Said {
  readonly text?: string | undefined
  readonly diagnostics?: string | undefined
  readonly expression?: string | undefined
}

/** what: what was to be written or read, `Patient/1`. */
export function refusal({ status, text }: { readonly status: number; readonly text: string }, what = 'this'): WardbridgeError {
  const said = read(text)
  const cause = new ApiError(status, said)
  const reason = [said.text, said.diagnostics].filter((part) => part !== undefined).join(': ') || `HTTP ${status}`
  const at = { cause, ...(said.expression === undefined ? {} : { expression: said.expression }) }
  const [type = '', id = ''] = what.split('/')
  switch (status) {
    case 401:
    case 403:
      return fail('healthcare.credentials', { status }, { cause })
    case 404:
      return fail('resource.not-found', { type, id }, { cause })
    case 410:
      return fail('resource.deleted', { type, id }, { cause })
    case 409:
      return fail('resource.raced', { query: type }, { cause })
    case 412:
      return fail('http.precondition-failed', { reason }, { cause })
    case 413:
      return fail('healthcare.refused', { reason }, at)
    case 429:
      return fail('healthcare.throttled', { reason: said.text ?? '429' }, { cause })
    case 501:
      return fail('healthcare.refused', { reason }, at)
    default:
      return status >= 500
        ? fail('healthcare.unexpected', { status, reason: said.text ?? 'no reason' }, { cause })
        : fail('healthcare.refused', { reason }, at)
  }
}

/** An OperationOutcome, or the JSON of Google's other errors. */
function read(text: string): Said {
  try {
    const { issue, error } = JSON.parse(text) as {
      issue?: ReadonlyArray<{ details?: { text?: string }; diagnostics?: string; expression?: readonly string[] }>
      error?: { status?: string; message?: string }
    }
    if (issue?.[0] !== undefined) {
      const [{ details, diagnostics, expression }] = issue as [(typeof issue)[0]]
      return { text: details?.text, diagnostics, expression: expression?.[0] }
    }
    return { text: error?.status, diagnostics: error?.message }
  } catch {
    return {}
  }
}
