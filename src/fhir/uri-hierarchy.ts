/** `:above` and `:below` on URLs (R4 search.html#modifiers): the hierarchy is that of the path, part by part. URNs have none. */

/** The URLs that are the given one or above it: `http://a.org/x/y`, `http://a.org/x`, `http://a.org`, each with and without a slash at the end. */
export function above(url: string): string[] {
  const root = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/]*/.exec(url)?.[0]
  if (root === undefined) return [url]
  const found = new Set([url])
  for (let end = url.replace(/\/+$/, '').length; end >= root.length; end = url.lastIndexOf('/', end - 1)) {
    found.add(url.slice(0, end))
    found.add(`${url.slice(0, end)}/`)
  }
  return [...found]
}

/** Text with which the URLs below a URL begin (besides the URL itself); undefined when it has none below it. */
export function belowPrefix(url: string): string | undefined {
  if (!/^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(url)) return undefined
  return url.endsWith('/') ? url : `${url}/`
}

export function isBelow(url: string, top: string): boolean {
  const prefix = belowPrefix(top)
  return url === top || (prefix !== undefined && url.startsWith(prefix))
}
