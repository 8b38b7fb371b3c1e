/** What the service audits with, and logins and changes of accounts on their way into the audit log. */
import { type Awaitable, after } from '../awaitable.js'
import type { Settings } from '../config.js'
import type { Auditing } from '../service/audit.js'
import type { Service } from '../service/contract.js'
import type { State } from '../state/state.js'
import type { IdentityEvent, Observe } from './events.js'

type AuditSettings = Pick<Settings, 'breakGlass' | 'unusualPatients' | 'unusualWindow'>

/** warn: told, in facts without patient data, of unusual access and of a log that cannot be written. */
export async function auditing(state: State, settings: AuditSettings, warn?: NonNullable<Auditing['warn']>): Promise<Auditing> {
  return {
    key: await state.getSecret('audit'),
    state: state.audit,
    unusual: { patients: settings.unusualPatients, seconds: settings.unusualWindow },
    breakGlass: settings.breakGlass,
    nameOf: (subject) =>
      after(state.accounts.get(subject), (account) => account?.username ?? after(state.clients.get(subject), (client) => client?.name)),
    ...(warn === undefined ? {} : { warn })
  }
}

const ACTIONS: Partial<Record<IdentityEvent['action'], string>> = {
  login: 'login',
  'client-login': 'login',
  refresh: 'login',
  logout: 'logout'
}

/** Puts what happens to accounts, sessions and clients into the audit log. */
export function observer(service: Pick<Service, 'note'>, state: State): Observe {
  return ({ action, outcome, subject, target, from }) => {
    const detail = target === undefined ? action : `${action} of ${target}`
    const note = ({ role, fhirUser }: Known) =>
      service.note(
        { subject, role, from, ...(fhirUser ? { fhirUser } : {}) },
        { do: ACTIONS[action] ?? 'account', detail, ...(outcome === 'success' ? {} : { error: `auth.${outcome}` }) }
      )
    const known = whoIs(state, subject)
    if (!(known instanceof Promise)) return note(known)
    // Noted in any case; role and person are looked up to make it easier to read.
    known.then(note, () => note({ role: '' }))
  }
}

interface Known {
  readonly role: string
  readonly fhirUser?: string | undefined
}

function whoIs(state: State, subject: string): Awaitable<Known> {
  return after(
    state.accounts.get(subject),
    (account) => account ?? after(state.clients.get(subject), (client) => ({ role: client?.role ?? '' }))
  )
}
