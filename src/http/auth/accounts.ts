/** /auth/accounts: the accounts of people, for administrators. */

import { fail } from '../../errors.js'
import type { AccountStatus } from '../../state/accounts.js'
import { administrator } from './administrator.js'
import { membersOf, optionalText, text } from './body.js'
import { describe, object } from './describe.js'
import type { Endpoint } from './routes.js'

const ACCOUNT = 'id, username, role, fhirUser, status, mustChangePassword, created, changed'

interface One {
  Params: { id: string }
}

export const accounts: Endpoint = (app, { identity }) => {
  app.post(
    '/auth/accounts',
    {
      schema: describe({
        summary: 'Make an account; without a password it gets a one-time password, told in this answer only',
        body: object('username', 'role', 'fhirUser?', 'password?'),
        answer: [201, `${ACCOUNT}, oneTimePassword`]
      })
    },
    async (request, reply) => {
      const by = administrator(request, 'accounts')
      const members = membersOf(request, ['username', 'role', 'fhirUser', 'password'])
      const asked = {
        username: text(members, 'username'),
        role: text(members, 'role'),
        fhirUser: optionalText(members, 'fhirUser'),
        password: optionalText(members, 'password')
      }
      const account = await identity.accounts.create(asked, by)
      return reply.code(201).header('location', `/auth/accounts/${account.id}`).send(account)
    }
  )

  app.get(
    '/auth/accounts',
    { schema: describe({ summary: 'The accounts', answer: [200, `accounts: ${ACCOUNT} of each`] }) },
    async (request) => {
      administrator(request, 'accounts')
      return { accounts: await identity.accounts.list() }
    }
  )

  app.get<One>('/auth/accounts/:id', { schema: describe({ summary: 'One account', answer: [200, ACCOUNT] }) }, async (request) => {
    administrator(request, 'accounts')
    return identity.accounts.get(request.params.id)
  })

  app.patch<One>(
    '/auth/accounts/:id',
    {
      schema: describe({
        summary: 'Disable or enable an account, or change its role or fhirUser (null takes it away); its sessions end',
        body: object('status?', 'role?', 'fhirUser?'),
        answer: [200, ACCOUNT]
      })
    },
    async (request) => {
      const by = administrator(request, 'accounts')
      const members = membersOf(request, ['status', 'role', 'fhirUser'])
      const [status, role] = [optionalText(members, 'status'), optionalText(members, 'role')]
      if (status !== undefined && !isStatus(status)) throw fail('http.bad-request', { reason: '"status" is active or disabled' })
      const change = {
        ...(status === undefined ? {} : { status }),
        ...(role === undefined ? {} : { role }),
        ...('fhirUser' in members ? { fhirUser: optionalText(members, 'fhirUser') } : {})
      }
      return identity.accounts.change(request.params.id, change, by)
    }
  )

  app.post<One>(
    '/auth/accounts/:id/reset',
    {
      schema: describe({
        summary: 'Give an account a one-time password, told in this answer only; its sessions and its lock end',
        answer: [200, `${ACCOUNT}, oneTimePassword`]
      })
    },
    async (request) => identity.accounts.reset(request.params.id, administrator(request, 'accounts'))
  )
}

function isStatus(text: string): text is AccountStatus {
  return text === 'active' || text === 'disabled'
}
