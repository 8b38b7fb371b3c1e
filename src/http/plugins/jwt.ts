/** Verifies our access tokens: app.jwt.verify gives the payload or throws. Options: identity/tokens.ts. */
import jwt from '@fastify/jwt'
import fp from 'fastify-plugin'
import { VERIFY } from '../../identity/tokens.js'
import type { SigningKey } from '../../state/state.js'

export const tokens = fp(async (app, options: { readonly key: SigningKey }) => {
  // No private part: the server verifies only.
  await app.register(jwt, { secret: { public: options.key.publicKey }, verify: { ...VERIFY } })
})
