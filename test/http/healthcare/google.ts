/** Google's own client, unmodified, over real HTTP to the twin of a server. */
import { auth, healthcare, type healthcare_v1 } from '@googleapis/healthcare'
import type { Test } from 'tap'
import type { Principal } from '#wardbridge/service/contract.js'
import { type Built, build } from '../../helper.js'

export interface Google extends Built {
  /** `http://127.0.0.1:PORT/` */
  readonly rootUrl: string
  readonly client: healthcare_v1.Healthcare
  /** The same as somebody else. */
  as(role: string, more?: Partial<Principal>): healthcare_v1.Healthcare
  /** Name of the server's own store. */
  readonly store: string
}

export async function google(t: Test, options: Parameters<typeof build>[1] = {}): Promise<Google> {
  const built = await build(t, options)
  const rootUrl = `${await built.app.listen({ host: '127.0.0.1', port: 0 })}/`
  const withToken = (token: string) => {
    const client = new auth.OAuth2()
    client.setCredentials({ access_token: token })
    return healthcare({ version: 'v1', auth: client, rootUrl })
  }
  return {
    ...built,
    rootUrl,
    client: withToken(built.token()),
    as: (role, more) => withToken(built.token(role, more)),
    store: built.settings.twinStore
  }
}
