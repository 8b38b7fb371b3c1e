/** $validate-code on value sets and code systems (R4 valueset-operation-validate-code.html, codesystem-operation-validate-code.html). */
import { fail } from '../../errors.js'
import type { CodeSystem } from './code-system.js'
import { displayOf } from './expand.js'
import { grammar } from './grammars.js'
import { type Parameters, parametersOf, part } from './parameters.js'
import type { Coding, Designation, Source, ValueSetResource } from './resources.js'
import { Evaluation } from './value-set.js'

export interface CodeOptions {
  /** Whether concepts that only group others count; not given: they do. */
  readonly abstract?: boolean
  readonly displayLanguage?: string
}

/** What is known of a code: undefined when it is no code there. */
interface Found {
  readonly code: string
  readonly display: string | undefined
  readonly designation: readonly Designation[]
  readonly abstract: boolean
  readonly inactive: boolean
}

interface Verdict {
  readonly result: boolean
  readonly message?: string
  readonly display?: string | undefined
}

/** Whether one of the codings is in a value set. Throws terminology.* where that cannot be known. */
export async function validateInValueSet(
  source: Source,
  valueSet: ValueSetResource,
  codings: readonly Coding[],
  options: CodeOptions
): Promise<Parameters> {
  const name = valueSet.url ?? 'the value set'
  return answer(codings, async ({ system, version, code = '', display }) => {
    if (system === undefined) {
      // Without one the code must stand for one concept only.
      const all = [...(await new Evaluation(source).members(valueSet)).values()].filter((member) => member.code === code)
      if (all.length > 1) return { result: false, message: `${code} is in ${name} with more than one system` }
      return judge(all[0], `${code} is not in ${name}`, display, options)
    }
    const preferred = version === undefined ? [] : [`${system}|${version}`]
    const found = await new Evaluation(source, { preferred }).member(valueSet, system, code)
    return judge(found, `${code} of ${system} is not in ${name}`, display, options)
  })
}

/** Whether one of the codings is a code of a code system, which is given by its canonical or itself. Throws terminology.unknown, terminology.not-supported. */
export async function validateInCodeSystem(
  source: Source,
  system: string | CodeSystem,
  codings: readonly Coding[],
  options: CodeOptions
): Promise<Parameters> {
  const url = typeof system === 'string' ? system.split('|', 1)[0]! : system.url
  return answer(codings, async (coding) => {
    const { code = '', display } = coding
    if (coding.system !== undefined && coding.system !== url)
      return { result: false, message: `${code} is of ${coding.system}, not of ${url}` }
    const found = await findCode(source, system, code)
    return judge(found, `${code} is no code of ${url}`, display, options)
  })
}

/** A code of a system; undefined when it is none. Throws terminology.unknown, and terminology.not-supported where only a part of the system is here. */
export async function findCode(source: Source, system: string | CodeSystem, code: string): Promise<Found | undefined> {
  const known = typeof system === 'string' ? await source.codeSystem(system) : system
  if (known === undefined) {
    const rules = grammar(system as string)
    if (rules === undefined) throw fail('terminology.unknown', { type: 'CodeSystem', url: system as string })
    const display = rules.display(code)
    return display === undefined ? undefined : { code, display, designation: [], abstract: false, inactive: false }
  }
  const concept = known.get(code)
  if (concept === undefined && !known.complete)
    throw fail('terminology.not-supported', { reason: `${code} is not in the part of ${known.url} that is here` })
  return concept
}

/** The first coding that is valid; else what is wrong with the first. */
async function answer(codings: readonly Coding[], check: (coding: Coding) => Promise<Verdict>): Promise<Parameters> {
  const verdicts: Verdict[] = []
  let failure: unknown
  for (const coding of codings) {
    try {
      const verdict = await check(coding)
      if (verdict.result) return parameters(verdict)
      verdicts.push(verdict)
    } catch (error) {
      failure ??= error
    }
  }
  if (failure !== undefined) throw failure
  const message = verdicts.map((verdict) => verdict.message).join('; ')
  return parameters({ result: false, message: message || 'There is no code to look at', display: verdicts[0]?.display })
}

function parameters({ result, message, display }: Verdict): Parameters {
  return parametersOf([...part('result', 'Boolean', result), ...part('message', 'String', message), ...part('display', 'String', display)])
}

function judge(found: Found | undefined, absent: string, display: string | undefined, { abstract, displayLanguage }: CodeOptions): Verdict {
  if (found === undefined) return { result: false, message: absent }
  const preferred = displayOf(found, displayLanguage)
  if (abstract === false && found.abstract) return { result: false, message: `${found.code} only groups other codes`, display: preferred }
  const texts = [found.display, ...found.designation.map(({ value }) => value)].filter((text) => text !== undefined)
  if (display !== undefined && texts.length > 0 && !texts.some((text) => plain(text) === plain(display)))
    return { result: false, message: `"${display}" is no display of ${found.code}`, display: preferred }
  return { result: true, ...(found.inactive ? { message: `${found.code} is inactive` } : {}), display: preferred }
}

/** Displays are the same whatever their case and white space. */
function plain(text: string): string {
  return text.normalize('NFC').toLowerCase().replace(/\s+/g, ' ').trim()
}
