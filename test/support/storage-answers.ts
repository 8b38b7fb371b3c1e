/** Answers of the Cloud Storage test server. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** A request that is not done. complaint: Cloud Storage does not know it at all. */
export class Refused extends Error {
  readonly status: number
  readonly reason: string
  readonly complaint: boolean

  constructor(status: number, reason: string, message: string, complaint = false) {
    super(message)
    this.status = status
    this.reason = reason
    this.complaint = complaint
  }
}

export function json(status: number, value: unknown): Answer {
  return { status, headers: { 'content-type': 'application/json; charset=UTF-8' }, body: Buffer.from(JSON.stringify(value)) }
}

/** An error in the form of the JSON API. */
export function failure(code: number, reason: string, message: string): Answer {
  return json(code, { error: { code, message, errors: [{ message, domain: 'global', reason }] } })
}
