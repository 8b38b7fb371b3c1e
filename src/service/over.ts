/** A store or a service, but that it does some things in another way. */
export function over<T extends object>(whole: T, own: Partial<T>): T {
  // Its methods, bound once: a Proxy would cost every read by id.
  const methods: Record<string, unknown> = {}
  for (let part: object = whole; part !== Object.prototype; part = Object.getPrototypeOf(part))
    for (const name of Object.getOwnPropertyNames(part)) {
      const method: unknown = Reflect.get(whole, name)
      if (typeof method === 'function') methods[name] ??= method.bind(whole)
    }
  return Object.assign(methods, own) as object as T
}
