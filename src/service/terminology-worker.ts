/** The thread of terminology: answers questions about codes, so that a long expansion or a large code system stops nothing else. */
import { randomUUID } from 'node:crypto'
import { parentPort } from 'node:worker_threads'
import { fail } from '../errors.js'
import { CodeSystem } from '../fhir/terminology/code-system.js'
import { boundValueSet, parseContext } from '../fhir/terminology/context.js'
import { expand } from '../fhir/terminology/expand.js'
import { lookup } from '../fhir/terminology/lookup.js'
import { parametersOf, part } from '../fhir/terminology/parameters.js'
import type { ConceptMapResource, Source, ValueSetResource } from '../fhir/terminology/resources.js'
import { related, subsumption } from '../fhir/terminology/subsumes.js'
import { translate } from '../fhir/terminology/translate.js'
import { validateInCodeSystem, validateInValueSet } from '../fhir/terminology/validate-code.js'
import { Evaluation } from '../fhir/terminology/value-set.js'
import { fromSent, toSent } from '../sent-error.js'
import { faulty, invalid } from './body.js'
import type {
  CodeSet,
  CodesQuestion,
  FromWorker,
  SentDefinition,
  TerminologyQuestion,
  ToWorker,
  Used,
  WhichValueSet
} from './terminology-questions.js'
import { type Ask, faults, sourceOf } from './terminology-source.js'

type Question = TerminologyQuestion | CodesQuestion

const port = parentPort!
const waiting = new Map<number, { resolve: (sent: readonly SentDefinition[]) => void; reject: (error: Error) => void }>()
let asked = 0

const ask: Ask = (wanted) =>
  new Promise((resolve, reject) => {
    waiting.set(++asked, { resolve, reject })
    port.postMessage({ ask: asked, wanted } satisfies FromWorker)
  })

port.on('message', (message: ToWorker) => {
  if ('call' in message) {
    const { call, question } = message
    answer(question).then(
      (value) => port.postMessage({ call, value } satisfies FromWorker),
      (error: unknown) => port.postMessage({ call, error: toSent(error) } satisfies FromWorker)
    )
    return
  }
  const pending = waiting.get(message.ask)
  waiting.delete(message.ask)
  if (message.error === undefined) pending?.resolve(message.answer)
  else pending?.reject(fromSent(message.error))
})

async function answer(question: Question): Promise<unknown> {
  const used: Used[] = []
  const source = sourceOf(ask, used)
  if (question.kind === 'codes') {
    const members = await new Evaluation(source).members(await valueSetOf(source, question.valueSet))
    const systems: Record<string, string[]> = {}
    for (const { system, code } of members.values()) (systems[system] ??= []).push(code)
    return { systems, used } satisfies CodeSet
  }
  if (question.kind === 'related') {
    const system = await codeSystemOf(source, question.system)
    return { systems: { [question.system]: related(system, question.code, question.direction) }, used } satisfies CodeSet
  }
  return JSON.stringify(await resource(source, question))
}

/** The resource that answers an operation. */
async function resource(source: Source, question: TerminologyQuestion): Promise<object> {
  switch (question.kind) {
    case 'expand': {
      const made = { moment: new Date().toISOString(), identifier: `urn:uuid:${randomUUID()}` }
      return expand(source, await valueSetOf(source, question.valueSet), question.options, made)
    }
    case 'validate-in-value-set':
      return validateInValueSet(source, await valueSetOf(source, question.valueSet), question.codings, question.options)
    case 'validate-in-code-system': {
      const { system, codings, options } = question
      if (typeof system === 'object') return validateInCodeSystem(source, new CodeSystem(valid(system)), codings, options)
      return validateInCodeSystem(source, (await source.codeSystem(system)) ?? system, codings, options)
    }
    case 'lookup':
      return lookup(source, question.system, question.code, question.options)
    case 'subsumes': {
      const system = await codeSystemOf(source, question.system)
      return parametersOf(part('outcome', 'Code', subsumption(system, question.codeA, question.codeB)))
    }
    case 'translate':
      return translate(source, await mapsOf(source, question), question.options)
  }
}

/** A resource that came with the question. Throws resource.invalid, several of them as an AggregateError. */
function valid<T extends { readonly resourceType: string }>(resource: T): T {
  const errors = faults(resource).map(({ expression, reason, code }) => invalid({ expression, text: reason, code }))
  if (errors.length > 0) throw faulty(errors)
  return resource
}

async function valueSetOf(source: Source, which: WhichValueSet): Promise<ValueSetResource> {
  if (typeof which === 'object' && 'resourceType' in which) return valid(which as ValueSetResource)
  const canonical = typeof which === 'string' ? which : await boundTo(source, (which as { context: string }).context)
  const found = await source.valueSet(canonical)
  if (found === undefined) throw fail('terminology.unknown', { type: 'ValueSet', url: canonical })
  return found
}

/** The canonical of the value set that an element is bound to. */
async function boundTo(source: Source, context: string): Promise<string> {
  const { url, path } = parseContext(context) ?? { url: context, path: '' }
  const bound = boundValueSet(url, path, await source.structure(url))
  if (bound === undefined) throw fail('terminology.unknown', { type: 'A value set for the context', url: context })
  return bound
}

async function codeSystemOf(source: Source, canonical: string): Promise<CodeSystem> {
  const found = await source.codeSystem(canonical)
  if (found === undefined) throw fail('terminology.unknown', { type: 'CodeSystem', url: canonical })
  return found
}

/** The map that was named, or all that have the system of a code and are between the value sets named. */
async function mapsOf(source: Source, question: Extract<Question, { kind: 'translate' }>): Promise<readonly ConceptMapResource[]> {
  const { map, options } = question
  if (typeof map === 'object') return [valid(map)]
  if (map !== undefined) {
    const found = await source.conceptMap(map)
    if (found === undefined) throw fail('terminology.unknown', { type: 'ConceptMap', url: map })
    return [found]
  }
  const systems = new Set(options.codings.map(({ system }) => system).filter((system) => system !== undefined))
  const found = await Promise.all([...systems].map((system) => source.mapsOf(system, options.reverse ? 'target' : 'source')))
  const [from, to] = options.reverse ? [question.target, question.source] : [question.source, question.target]
  return [...new Set(found.flat())].filter(
    (one) => isFor(one.sourceCanonical ?? one.sourceUri, from) && isFor(one.targetCanonical ?? one.targetUri, to)
  )
}

function isFor(canonical: string | undefined, wanted: string | undefined): boolean {
  if (wanted === undefined) return true
  return canonical === wanted || canonical?.split('|', 1)[0] === wanted
}
