/** Logging in over HTTP, for tests. */
import type { Answer, Built } from '../../helper.js'

export const PASSWORD = 'four little words'

export const JSON_BODY = { 'content-type': 'application/json' }

/** Sends a JSON body, without a token unless one is given. */
export function post({ ask }: Built, url: string, body: object, token: string | false = false): Promise<Answer> {
  return ask('POST', url, { body, token, headers: JSON_BODY })
}

/** Sends a form without a token. */
export function form({ ask }: Built, url: string, fields: Readonly<Record<string, string>>): Promise<Answer> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  return ask('POST', url, { body: new URLSearchParams(fields).toString(), token: false, headers })
}

/** Makes an account with PASSWORD; gives its id. */
export async function makeAccount(built: Built, username: string, role = 'analyst', more: object = {}): Promise<string> {
  const answer = await post(built, '/auth/accounts', { username, role, password: PASSWORD, ...more }, built.token())
  if (answer.status !== 201) throw new Error(answer.text)
  return answer.json.id
}

export interface Pair {
  readonly access_token: string
  readonly refresh_token: string
}

export async function logIn(built: Built, username: string, password = PASSWORD): Promise<Pair> {
  const answer = await post(built, '/auth/login', { username, password })
  if (answer.status !== 200) throw new Error(answer.text)
  return answer.json
}

/** Status of a read with the token. */
export async function statusWith({ ask }: Built, token: string): Promise<number> {
  return (await ask('GET', '/fhir/Patient?_summary=count', { token })).status
}
