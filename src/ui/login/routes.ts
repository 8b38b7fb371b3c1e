/**
 * /auth/authorize: the authorization endpoint (RFC 6749, 3.1; SMART App Launch). A person comes from an app, logs in here, agrees, and is sent back with a code.
 * Without a registered app and address nobody is sent anywhere. Public.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { fail, WardbridgeError } from '../../errors.js'
import type { Identity } from '../../identity/identity.js'
import type { Launch, LaunchRequest, RefusedLaunch } from '../../identity/launch.js'
import { html } from '../html.js'
import { layout } from '../layout.js'
import { type LoginPage, loginPage } from './page.js'

/** Largest form that is read, in bytes. */
const FORM_LIMIT = 16_384

const PARAMETERS = [
  'response_type',
  'client_id',
  'redirect_uri',
  'scope',
  'state',
  'aud',
  'code_challenge',
  'code_challenge_method',
  'nonce'
] as const

export interface LoginOptions {
  readonly identity: Identity
  readonly version: string
  /** Root of all addresses as this client sees it. */
  readonly root: (request: FastifyRequest) => string
}

export async function loginPages(app: FastifyInstance, { identity, version, root }: LoginOptions): Promise<void> {
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string', bodyLimit: FORM_LIMIT }, (_request, body, done) =>
    done(null, new URLSearchParams(String(body)))
  )
  const options = { config: { public: true }, schema: { hide: true } }
  const check = async (request: FastifyRequest, form: URLSearchParams) => {
    const asked = readRequest(form)
    return { asked, launch: await identity.launches.check(asked, `${root(request)}/fhir`) }
  }
  const show = (reply: FastifyReply, page: LoginPage) => {
    pageHeaders(reply, page.launch.redirectUri)
    return reply.send(layout(`Log in · ${page.launch.clientName}`, version, loginPage(page)))
  }
  const guarded = (reply: FastifyReply, error: unknown) => {
    if (!(error instanceof WardbridgeError) || error.status >= 500) throw error
    pageHeaders(reply)
    reply.code(400)
    return reply.send(
      layout(
        'Log in',
        version,
        html`<section class="card problem" role="alert"><h2>That cannot be done</h2><p>${error.message}</p></section>`
      )
    )
  }

  app.get('/auth/authorize', options, async (request, reply) => {
    try {
      const { asked, launch } = await check(request, new URLSearchParams(request.url.split('?')[1] ?? ''))
      return 'error' in launch ? sendBack(reply, launch) : show(reply, { launch, request: asked })
    } catch (error) {
      return guarded(reply, error)
    }
  })

  app.post<{ Body: unknown }>('/auth/authorize', options, async (request, reply) => {
    const form = request.body instanceof URLSearchParams ? request.body : new URLSearchParams()
    try {
      const { asked, launch } = await check(request, form)
      if ('error' in launch) return sendBack(reply, launch)
      if (form.has('deny')) return sendBack(reply, { ...launch, error: 'access_denied', reason: 'The person did not agree' })
      return await agree(request, reply, form, asked, launch)
    } catch (error) {
      return guarded(reply, error)
    }
  })

  async function agree(request: FastifyRequest, reply: FastifyReply, form: URLSearchParams, asked: LaunchRequest, launch: Launch) {
    const username = form.get('username') ?? ''
    const credentials = { username, password: form.get('password') ?? '', newPassword: form.get('newPassword') || undefined }
    try {
      const account = await identity.login.authenticate(credentials, request.ip)
      const code = await identity.launches.code(launch, account)
      identity.observe({ action: 'login', outcome: 'success', subject: account.id, target: launch.client, from: request.ip })
      return redirect(reply, launch.redirectUri, { code, state: launch.state })
    } catch (error) {
      if (!(error instanceof WardbridgeError) || error.status >= 500) throw error
      const { code, status, message, params } = error
      if (status === 429) reply.header('retry-after', String(params['seconds']))
      reply.code(status)
      const mustChange = code === 'auth.password-change' || code === 'auth.password'
      return show(reply, { launch, request: asked, username, problem: message, mustChange })
    }
  }
}

/** Throws http.bad-request for a parameter that comes twice. */
function readRequest(form: URLSearchParams): LaunchRequest {
  return Object.fromEntries(
    PARAMETERS.flatMap((name) => {
      const values = form.getAll(name)
      if (values.length > 1) throw fail('http.bad-request', { reason: `${name} comes more than once` })
      return values[0] === undefined ? [] : [[name, values[0]]]
    })
  )
}

type Refusal = Omit<RefusedLaunch, 'error'> & { readonly error: RefusedLaunch['error'] | 'access_denied' }

function sendBack(reply: FastifyReply, { redirectUri, state, error, reason }: Refusal): FastifyReply {
  return redirect(reply, redirectUri, { error, error_description: reason, state })
}

function redirect(reply: FastifyReply, to: string, parameters: Readonly<Record<string, string | undefined>>): FastifyReply {
  const url = new URL(to)
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) url.searchParams.append(name, value)
  pageHeaders(reply, to)
  return reply.code(303).header('location', url.href).send()
}

/** Browsers ask of where a form leads to also where it is sent on to: the address of the app must be allowed. */
function pageHeaders(reply: FastifyReply, redirectUri?: string): void {
  reply.type('text/html; charset=utf-8').header('cache-control', 'no-store')
  if (redirectUri === undefined) return
  const { origin, protocol } = new URL(redirectUri)
  const source = origin === 'null' ? protocol : origin
  const policy = String(reply.getHeader('content-security-policy') ?? '')
  reply.header('content-security-policy', policy.replace("form-action 'self'", `form-action 'self' ${source}`))
}
