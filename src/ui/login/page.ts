/** The page where a person logs in and agrees to what an app asks for. */
import type { Launch, LaunchRequest } from '../../identity/launch.js'
import { type Html, html } from '../html.js'

const VERBS: Readonly<Record<string, string>> = { c: 'create', r: 'read', u: 'change', d: 'delete', s: 'search' }
const VERSION_1: Readonly<Record<string, string>> = { read: 'rs', write: 'cud', '*': 'cruds' }

export interface LoginPage {
  readonly launch: Launch
  readonly request: LaunchRequest
  readonly username?: string
  /** Why it did not work the last time. */
  readonly problem?: string
  /** True when a one-time password must be replaced. */
  readonly mustChange?: boolean
}

export function loginPage({ launch, request, username = '', problem, mustChange = false }: LoginPage): Html {
  const hidden = Object.entries(request).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)
  return html`<section class="hero"><h1>${launch.clientName}</h1>
<p>asks for access to your account. If you agree, it may:</p>
<ul>${launch.scope.split(' ').map((scope) => html`<li>${sayScope(scope)}</li>`)}</ul></section>
${problem === undefined ? undefined : html`<section class="card problem" role="alert"><p>${problem}</p></section>`}
<form class="choose" method="post" action="/auth/authorize">${hidden}
<label for="username">Username</label>
<input id="username" name="username" value="${username}" autocomplete="username" autocapitalize="none" spellcheck="false" required>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
${
  mustChange
    ? html`<label for="new">New password</label>
<input id="new" name="newPassword" type="password" autocomplete="new-password" required>`
    : undefined
}
<button class="button">Log in and agree</button>
<button class="button" name="deny" value="yes" formnovalidate>No</button></form>`
}

/** A scope in words. */
function sayScope(scope: string): string {
  const [, context, type, permissions, criteria] = /^(patient|user)\/([^.]+)\.([^?]+)(\?.+)?$/.exec(scope) ?? []
  if (type === undefined || permissions === undefined) return OTHERS[scope] ?? scope
  const verbs = [...(VERSION_1[permissions] ?? permissions)].map((letter) => VERBS[letter]).join(', ')
  const what = type === '*' ? 'all kinds of data' : `${type} data`
  const whose = context === 'patient' ? 'of your own record' : 'that you may see'
  return `${verbs} ${what} ${whose}${criteria === undefined ? '' : ` (only ${criteria.slice(1)})`}`
}

const OTHERS: Readonly<Record<string, string>> = {
  openid: 'know that it is you',
  fhirUser: 'know which person of the records you are',
  profile: 'know which person of the records you are',
  'launch/patient': 'know which patient you are',
  offline_access: 'go on when you are not there, until the session ends',
  online_access: 'go on for as long as the session lasts'
}
