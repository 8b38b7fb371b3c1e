/** POST /auth/password: another password for the account of the token. All its sessions end; the answer is a new one. */
import { fail } from '../../errors.js'
import { membersOf, text } from './body.js'
import { describe, GRANT, object } from './describe.js'
import type { Endpoint } from './routes.js'

export const password: Endpoint = (app, { identity }) => {
  app.post(
    '/auth/password',
    {
      schema: describe({
        summary: 'Change your own password; every session ends and a new one begins',
        body: object('password', 'newPassword'),
        answer: GRANT
      })
    },
    async (request) => {
      const members = membersOf(request, ['password', 'newPassword'])
      if (request.principal.scope !== undefined) throw fail('auth.limited', { what: 'change a password' })
      const [own, next] = [text(members, 'password'), text(members, 'newPassword')]
      return identity.login.changePassword(request.principal.subject, own, next, request.ip)
    }
  )
}
