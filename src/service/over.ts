import type { Repository } from '../store/repository.js'

/** The store, but that it does some things in another way. */
export function over(store: Repository, own: Partial<Repository>): Repository {
  // The methods of the store, bound once: a Proxy would cost every read by id.
  const methods: Record<string, unknown> = {}
  for (let part: object = store; part !== Object.prototype; part = Object.getPrototypeOf(part))
    for (const name of Object.getOwnPropertyNames(part)) {
      const method: unknown = Reflect.get(store, name)
      if (typeof method === 'function') methods[name] ??= method.bind(store)
    }
  return Object.assign(methods, own) as object as Repository
}
