/** POST /auth/login: username and password for a pair of tokens. Public. */
import { membersOf, optionalText, text } from './body.js'
import { describe, GRANT, object } from './describe.js'
import type { Endpoint } from './routes.js'

export const login: Endpoint = (app, { identity }) => {
  app.post(
    '/auth/login',
    {
      config: { public: true },
      schema: describe({
        summary: 'Log in; newPassword replaces the password, as a one-time password must be',
        body: object('username', 'password', 'newPassword?'),
        answer: GRANT,
        isOpen: true
      })
    },
    async (request) => {
      const members = membersOf(request, ['username', 'password', 'newPassword'])
      const credentials = {
        username: text(members, 'username'),
        password: text(members, 'password'),
        newPassword: optionalText(members, 'newPassword')
      }
      return identity.login.login(credentials, request.ip)
    }
  )
}
