/** Filters of lists (AIP-160), as far as the API documents them for stores and operations. */
import { fail } from '../../errors.js'

/** `labels.key=value`, several joined by AND; `labels.key:*` asks for any value. Throws twin.argument. */
export function labelFilter(filter = ''): (labels: Readonly<Record<string, string>>) => boolean {
  if (filter.trim() === '') return () => true
  const tests = filter.split(/\s+AND\s+/).map((part) => {
    const [, quoted, plain, value] = /^\s*labels\.(?:"([^"]+)"|([^\s"=:]+))\s*(?:=\s*("[^"]*"|[^\s"]*)|:\s*\*)\s*$/u.exec(part) ?? []
    const key = quoted ?? plain
    if (key === undefined) throw fail('twin.argument', { reason: 'A filter of stores has the form labels.key=value' })
    const wanted = value?.replace(/^"(.*)"$/u, '$1')
    return (labels: Readonly<Record<string, string>>) => Object.hasOwn(labels, key) && (wanted === undefined || labels[key] === wanted)
  })
  return (labels) => tests.every((test) => test(labels))
}

/** `done=true` or `done=false`. Throws twin.argument. */
export function doneFilter(filter = ''): (done: boolean) => boolean {
  if (filter.trim() === '') return () => true
  const wanted = /^\s*done\s*=\s*"?(true|false)"?\s*$/.exec(filter)?.[1]
  if (wanted === undefined) throw fail('twin.argument', { reason: 'A filter of operations has the form done=true' })
  return (done) => String(done) === wanted
}
