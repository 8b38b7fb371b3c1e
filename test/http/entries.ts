/** Entries of batches and transactions. */
export interface Entry {
  readonly fullUrl?: string
  readonly resource?: object
  readonly request?: Readonly<Record<string, string>>
}

/** more: other members of entry.request, such as ifNoneExist. */
export function create(resource: object, fullUrl?: string, more: Record<string, string> = {}): Entry {
  const request = { method: 'POST', url: (resource as { resourceType: string }).resourceType, ...more }
  return { ...(fullUrl === undefined ? {} : { fullUrl }), resource, request }
}

export function put(resource: object, url: string, more: Record<string, string> = {}): Entry {
  return { resource, request: { method: 'PUT', url, ...more } }
}

/** An entry without a resource. */
export function other(method: string, url: string, more: Record<string, string> = {}): Entry {
  return { request: { method, url, ...more } }
}
