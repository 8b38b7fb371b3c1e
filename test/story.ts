/** The story of examples/story.http, sent from top to bottom; each answer is held against what the file says. */
import { readFileSync } from 'node:fs'
import type { Test } from 'tap'
import type { Built } from './helper.js'

const FOLDER = new URL('../examples/', import.meta.url)

interface Request {
  readonly title: string
  readonly name: string | undefined
  readonly status: number
  /** What the answer holds. */
  readonly holds: string
  readonly text: string
}

/** fhir: path of the FHIR door that stands in for /fhir. */
export async function tellStory(t: Test, { app, identity }: Pick<Built, 'app' | 'identity'>, fhir = '/fhir'): Promise<void> {
  const { oneTimePassword } = (await identity.accounts.createFirst())!
  const text = readFileSync(new URL('story.http', FOLDER), 'utf8')
  const variables = new Map([...text.matchAll(/^@(\w+) = (.*)$/gm)].map(([, name, value]) => [name!, value!]))
  variables.set('url', '').set('oneTimePassword', oneTimePassword!)
  const answers = new Map<string, unknown>()
  const fill = (from: string) =>
    from.replace(/\{\{([^}]+)\}\}/g, (_, what: string) => {
      const [, name, path] = /^(\w+)\.response\.body\.\$\.(.+)$/.exec(what) ?? []
      const value = name === undefined ? variables.get(what) : at(answers.get(name), path!)
      t.not(value, undefined, what)
      return String(value)
    })
  const requests = text.split(/^###/m).slice(1).map(readRequest)
  t.ok(requests.length > 30)
  for (const { title, name, status, holds, text } of requests) {
    const [head = '', ...rest] = fill(text).trim().split(/\n\n/)
    const [line = '', ...headers] = head.split('\n')
    const [method, url = ''] = line.split(' ')
    const body = rest.join('\n\n').trim()
    const response = await app.inject({
      method: method as 'GET',
      url: url.replace(/^\/fhir\b/, fhir),
      headers: Object.fromEntries(headers.map((header) => header.split(/: (.*)/s).slice(0, 2))),
      ...(body === '' ? {} : { payload: body.startsWith('< ') ? readFileSync(new URL(body.slice(2), FOLDER)) : body })
    })
    t.equal(response.statusCode, status, `${title}: ${response.body.slice(0, 500)}`)
    t.ok(response.body.includes(holds), `${title}: holds ${holds}`)
    if (name !== undefined) answers.set(name, JSON.parse(response.body))
  }
}

function readRequest(section: string): Request {
  const [title = '', ...lines] = section.split('\n')
  const [, name] = /^# @name (\w+)$/m.exec(section) ?? []
  const [, status = '', holds = ''] = /^# -> (\d{3})(?: (.*))?$/m.exec(section) ?? []
  const text = lines.filter((line) => !line.startsWith('#')).join('\n')
  return { title: title.trim(), name, status: Number(status), holds, text }
}

/** `entry[0].resource.id` of a value. */
function at(value: unknown, path: string): unknown {
  return path
    .split(/[.[\]]+/)
    .filter(Boolean)
    .reduce<unknown>((one, key) => (one as Record<string, unknown> | undefined)?.[key], value)
}
