/** What the service audits with, and logins and changes of accounts on their way into the audit log. */
import type { Settings } from '../config.js'
import type { Auditing } from '../service/audit.js'
import type { Service } from '../service/contract.js'
import type { State } from '../state/state.js'
import type { IdentityEvent, Observe } from './events.js'

type AuditSettings = Pick<Settings, 'breakGlass' | 'unusualPatients' | 'unusualWindow'>

/** warn: told, in facts without patient data, of unusual access and of a log that cannot be written. */
export function auditing(state: State, settings: AuditSettings, warn?: NonNullable<Auditing['warn']>): Auditing {
  return {
    key: state.getSecret('audit'),
    state: state.audit,
    unusual: { patients: settings.unusualPatients, seconds: settings.unusualWindow },
    breakGlass: settings.breakGlass,
    nameOf: (subject) => state.accounts.get(subject)?.username ?? state.clients.get(subject)?.name,
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
    const account = state.accounts.get(subject)
    const detail = target === undefined ? action : `${action} of ${target}`
    service.note(
      {
        subject,
        role: account?.role ?? state.clients.get(subject)?.role ?? '',
        from,
        ...(account?.fhirUser ? { fhirUser: account.fhirUser } : {})
      },
      { do: ACTIONS[action] ?? 'account', detail, ...(outcome === 'success' ? {} : { error: `auth.${outcome}` }) }
    )
  }
}
