/** /auth/clients: programs (SMART Backend Services) and apps (SMART App Launch), registered by administrators. Members are named as in RFC 7591. */
import { fail } from '../../errors.js'
import { administrator } from './administrator.js'
import { type Members, membersOf, optionalText, text } from './body.js'
import { describe, object } from './describe.js'
import type { Endpoint } from './routes.js'

const CLIENT = 'client_id, client_name, role, scope, jwks or jwks_uri, redirect_uris, created'

interface One {
  Params: { id: string }
}

export const clients: Endpoint = (app, { identity }) => {
  app.post(
    '/auth/clients',
    {
      schema: describe({
        summary: 'Register a program (role, system/ scopes, jwks or jwks_uri) or an app (redirect_uris, patient/ and user/ scopes)',
        body: {
          type: 'object',
          required: ['client_name', 'scope'],
          properties: {
            ...(object('client_name', 'scope', 'role?', 'jwks_uri?') as { properties: object }).properties,
            jwks: { type: 'object', additionalProperties: true },
            redirect_uris: { type: 'array', items: { type: 'string' } }
          }
        },
        answer: [201, CLIENT]
      })
    },
    async (request, reply) => {
      const by = administrator(request, 'clients')
      const members = membersOf(request, ['client_name', 'role', 'scope', 'jwks', 'jwks_uri', 'redirect_uris'])
      const asked = {
        name: text(members, 'client_name'),
        scope: text(members, 'scope'),
        role: optionalText(members, 'role'),
        jwks: members['jwks'] === undefined ? undefined : JSON.stringify(members['jwks']),
        jwksUri: optionalText(members, 'jwks_uri'),
        redirectUris: texts(members, 'redirect_uris')
      }
      const client = await identity.clients.add(asked, by)
      return reply.code(201).header('location', `/auth/clients/${client.client_id}`).send(client)
    }
  )

  app.get(
    '/auth/clients',
    { schema: describe({ summary: 'The clients', answer: [200, `clients: ${CLIENT} of each`] }) },
    async (request) => {
      administrator(request, 'clients')
      return { clients: await identity.clients.list() }
    }
  )

  app.get<One>('/auth/clients/:id', { schema: describe({ summary: 'One client', answer: [200, CLIENT] }) }, async (request) => {
    administrator(request, 'clients')
    return identity.clients.get(request.params.id)
  })

  app.delete<One>(
    '/auth/clients/:id',
    { schema: describe({ summary: 'Remove a client; its tokens and sessions end', answer: [204, 'It is gone'] }) },
    async (request, reply) => {
      await identity.clients.remove(request.params.id, administrator(request, 'clients'))
      return reply.code(204).send()
    }
  )
}

function texts(members: Members, name: string): readonly string[] | undefined {
  const value = members[name]
  if (value === undefined) return undefined
  if (!Array.isArray(value) || !value.every((item): item is string => typeof item === 'string')) {
    throw fail('http.bad-request', { reason: `"${name}" is not a list of texts` })
  }
  return value
}
