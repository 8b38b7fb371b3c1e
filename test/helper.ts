/** A server over a store of its own in a temporary folder; all of it goes away when the test ends. */
import { rmSync } from 'node:fs'
import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import { buildApp } from '#wardbridge/app.js'
import { loadSettings, type SettingOptions, type Settings } from '#wardbridge/config.js'
import { resourceText } from '#wardbridge/http/healthcare/fhir/forms.js'
import { makeLogger } from '#wardbridge/http/log.js'
import { auditing, observer } from '#wardbridge/identity/auditing.js'
import { Identity } from '#wardbridge/identity/identity.js'
import { signToken } from '#wardbridge/identity/tokens.js'
import { openJobs } from '#wardbridge/jobs/index.js'
import type { Scheduler } from '#wardbridge/jobs/scheduler.js'
import type { Principal, Service } from '#wardbridge/service/contract.js'
import { openService } from '#wardbridge/service/service.js'
import { openState, type SigningKey, type State } from '#wardbridge/state/state.js'
import { openTwin, type Twin } from '#wardbridge/twin/registry.js'

export const ADMIN: Principal = { subject: 'test', role: 'administrator' }

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly json: any
}

export interface Ask {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer | object
  /** false: without a token. */
  readonly token?: string | false
}

export interface Built {
  readonly app: FastifyInstance
  readonly service: Service
  readonly settings: Settings
  readonly key: SigningKey
  readonly state: State
  readonly identity: Identity
  readonly jobs: Scheduler
  readonly twin: Twin | undefined
  /** Every line logged so far, at level trace. */
  readonly log: readonly string[]
  /** Sends a request as administrator; an object as body is sent as FHIR JSON. */
  ask(method: string, url: string, ask?: Ask): Promise<Answer>
  token(role?: string, more?: Partial<Principal>): string
}

export async function build(t: Test, options: SettingOptions = {}): Promise<Built> {
  const folder = t.testdir()
  const settings = loadSettings({ store: `${folder}/store.db`, logLevel: 'trace', passwordCost: 12, ...options }, {})
  const state = await openState(settings.state, settings)
  const key = await state.getSigningKey()
  const log: string[] = []
  const service = await openService({
    ...settings,
    audit: await auditing(state, settings, (facts, text) => log.push(JSON.stringify({ ...facts, text })))
  })
  const identity = new Identity(state, settings, observer(service, state))
  const logger = makeLogger(settings.logLevel, { write: (line) => void log.push(line) })
  const jobs = openJobs({ settings, service, state, logger })
  const twin = await openTwin({ settings, service, form: resourceText })
  const app = await buildApp({
    settings,
    service,
    identity,
    state,
    jobs,
    twin,
    logger
  })
  t.teardown(async () => {
    await app.close()
    await jobs.close()
    await twin?.close()
    await service.close()
    await state.close()
    // A thread may still be at its files on a machine that is very busy.
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  })
  const token = (role = 'administrator', more: Partial<Principal> = {}) => signToken(key, { subject: 'test', role, ...more }, 3600)
  const bearer = token()

  const ask = async (method: string, url: string, { headers = {}, body, token: own = bearer }: Ask = {}): Promise<Answer> => {
    const isObject = typeof body === 'object' && !Buffer.isBuffer(body)
    const response = await app.inject({
      method: method as 'GET',
      url,
      headers: {
        ...(own === false ? {} : { authorization: `Bearer ${own}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/fhir+json' }),
        ...headers
      },
      ...(body === undefined ? {} : { payload: isObject ? JSON.stringify(body) : body })
    })
    const text = response.body
    if (response.statusCode >= 500)
      t.comment(`${method} ${url.slice(0, 100)}: ${response.statusCode} ${text.slice(0, 300)} ${log.slice(-2).join('')}`)
    return {
      status: response.statusCode,
      headers: response.headers as Record<string, string | undefined>,
      text,
      get json() {
        return JSON.parse(text)
      }
    }
  }
  return { app, service, settings, key, state, identity, jobs, twin, log, ask, token }
}

/** A patient that is valid R4. */
export function patient(more: object = {}): object {
  return { resourceType: 'Patient', name: [{ family: 'Ardent', given: ['Ada'] }], gender: 'female', birthDate: '1970-02-03', ...more }
}

/** A laboratory observation of `subject` (an id), with a decimal whose last zero matters. */
export function observation(subject: string, day: string, more: object = {}): object {
  return {
    resourceType: 'Observation',
    status: 'final',
    code: { coding: [{ system: 'http://loinc.org', code: '718-7' }] },
    subject: { reference: `Patient/${subject}` },
    effectiveDateTime: `${day}T08:00:00Z`,
    ...more
  }
}
