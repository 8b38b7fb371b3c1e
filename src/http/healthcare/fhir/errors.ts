/**
 * Errors of FHIR methods as the Cloud Healthcare API words them: one shape of issue, a short word in details.text, what happened in diagnostics. Words that
 * are documented are used; where none is, the code of our own table of errors stands instead.
 */
import type { ErrorCode, IssueType, WardbridgeError } from '../../../errors.js'

interface Worded {
  readonly status?: number
  readonly issue?: IssueType
  readonly text: string
}

const UNPARSEABLE: Worded = { status: 400, issue: 'structure', text: 'unparseable_resource' }
const QUERY: Worded = { status: 400, issue: 'value', text: 'invalid_query' }

const WORDS: Partial<Record<ErrorCode, Worded>> = {
  'json.syntax': UNPARSEABLE,
  'json.depth': UNPARSEABLE,
  'resource.invalid': UNPARSEABLE,
  'bundle.invalid': UNPARSEABLE,
  'resource.type': { status: 400, issue: 'structure', text: 'resource_mismatch' },
  'resource.id': { status: 400, issue: 'structure', text: 'resource_mismatch' },
  'resource.unknown-type': { status: 400, issue: 'not-supported', text: 'bad_resource_type' },
  'reference.dangling': { status: 400, issue: 'value', text: 'invalid_references' },
  'bundle.reference': { status: 400, issue: 'value', text: 'invalid_references' },
  'search.unknown-parameter': QUERY,
  'search.unsupported-modifier': QUERY,
  'search.value': QUERY,
  'search.page': QUERY,
  'conditional.criteria': QUERY,
  'resource.not-found': { text: 'resource_not_found' },
  'resource.version-not-found': { text: 'resource_not_found' },
  'resource.deleted': { text: 'resource_deleted' },
  'resource.raced': { status: 429, issue: 'too-costly', text: 'operation_too_costly' },
  'store.busy': { status: 429, issue: 'too-costly', text: 'operation_too_costly' }
}

/** HTTP status of an error under /v1. */
export function statusOf(error: WardbridgeError): number {
  return isUpdateCreate(error) ? 405 : (WORDS[error.code]?.status ?? error.status)
}

/** The OperationOutcome as JSON text. */
export function outcomeText(errors: readonly WardbridgeError[]): string {
  return JSON.stringify({
    issue: errors.map((error) => {
      const { issue = error.issue, text = error.code } = WORDS[error.code] ?? {}
      return {
        code: issue,
        details: { text: isUpdateCreate(error) ? 'twin.update-create' : text },
        diagnostics: diagnostics(error),
        ...(error.expression === undefined ? {} : { expression: [error.expression] }),
        severity: 'error'
      }
    }),
    resourceType: 'OperationOutcome'
  })
}

/** An update that was told to find something (service.ts), and found nothing. */
function isUpdateCreate({ code, params }: WardbridgeError): boolean {
  return code === 'resource.conflict' && params['expected'] === '*' && params['actual'] === 'none'
}

function diagnostics(error: WardbridgeError): string {
  const { code, params, expression, message } = error
  switch (code) {
    case 'resource.conflict':
      if (isUpdateCreate(error)) return `${params['type']}/${params['id']} does not exist, and enableUpdateCreate is not set`
      // The store counts versions in a way that clients never see.
      return `the current version of ${params['type']}/${params['id']} is not the one of If-Match`
    case 'resource.id':
      if (params['sent'] === undefined) return message
      return `resource id mismatch, id of specified resource: ${params['id']}, id from payload: ${params['sent']}`
    case 'resource.unknown-type':
      return 'unsupported resource type'
    case 'resource.invalid':
    case 'bundle.invalid':
      return invalid(message, expression)
    default:
      return message
  }
}

/** The words of the public marshaller where the reason is one it knows, else ours in its frame. */
function invalid(message: string, expression: string | undefined): string {
  if (expression === undefined) return message
  const reason = message.startsWith(`${expression}: `) ? message.slice(expression.length + 2) : message
  const unknown = /^"(.*)" is not an element of /.exec(reason)?.[1]
  if (unknown !== undefined) return framed(expression, `unknown field "${unknown}"`)
  if (reason !== 'is required') return framed(expression, reason)
  const at = expression.lastIndexOf('.')
  return framed(expression.slice(0, at), `missing required field "${expression.slice(at + 1)}"`)
}

/** `error at "entry[4].resource": what` */
function framed(expression: string, what: string): string {
  const path = withoutType(expression)
  return path === '' ? what : `error at "${path}": ${what}`
}

/** `Patient.name[0]` -> `name[0]` */
function withoutType(expression: string): string {
  return expression.replace(/^[A-Za-z]+\.?/, '')
}
