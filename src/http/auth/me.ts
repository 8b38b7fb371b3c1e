/** GET /auth/me: who the server takes the bearer of the token for. */
import { describe } from './describe.js'
import type { Endpoint } from './routes.js'

export const me: Endpoint = (app, { identity }) => {
  app.get(
    '/auth/me',
    { schema: describe({ summary: 'Who this token speaks for', answer: [200, 'subject, username, role, fhirUser, scope, patient'] }) },
    async ({ principal }) => {
      const { subject, role, fhirUser, scope, patient } = principal
      return { subject, username: (await identity.accounts.find(subject))?.username, role, fhirUser, scope, patient }
    }
  )
}
