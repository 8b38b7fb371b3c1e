/** The routes of an operation (R4 operations.html#executing). */
import type { Operation, Route } from './interaction.js'

/** GET is there only for operations that change nothing; POST always. */
export function operationRoutes(operation: Operation): Route[] {
  const { name, summary, affectsState } = operation
  const urls = [
    ...(operation.system ? [`/$${name}`] : []),
    ...places(operation.type).map((type) => `/${type}/$${name}`),
    ...places(operation.instance).map((type) => `/${type}/:id/$${name}`),
    ...places(operation.version).map((type) => `/${type}/:id/_history/:vid/$${name}`)
  ]
  return urls.flatMap((url): Route[] => [
    { method: 'POST', url, body: 'resource', summary },
    ...(affectsState ? [] : [{ method: 'GET', url, body: 'nothing', summary } as const])
  ])
}

function places(types: readonly string[] | 'all' | undefined): readonly string[] {
  return types === 'all' ? [':type'] : (types ?? [])
}
