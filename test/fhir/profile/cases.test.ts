/** What is valid and what is not, rule by rule: test/cases/validation, one file per page of R4. */
import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import type { WardbridgeError } from '#wardbridge/errors.js'
import { parseJson } from '#wardbridge/fhir/json.js'
import { type Issue, validate } from '#wardbridge/fhir/profile/index.js'
import type { Members } from './places.js'

interface Case {
  readonly rule: string
  /** The text as it is, or a resource of bases.json with other members. */
  readonly text?: string
  readonly base?: string
  readonly with?: Members
  readonly without?: readonly string[]
  /** Profiles asked for. */
  readonly profiles?: readonly string[]
  /** `expression rule` of every error; `json.syntax` for a text that is no JSON. */
  readonly errors: readonly string[]
  /** Warnings that must be there; others may. */
  readonly warnings?: readonly string[]
}

const FOLDER = new URL('../../../test/cases/validation/', import.meta.url)
const read = (name: string): unknown => JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8'))
const bases = read('bases.json') as Readonly<Record<string, Members>>
const files = readdirSync(FOLDER).filter((name) => name !== 'bases.json')

const textOf = ({ text, base, with: more, without = [] }: Case): string => {
  if (text !== undefined) return text
  const members = { ...bases[base as string], ...more }
  return JSON.stringify(Object.fromEntries(Object.entries(members).filter(([name]) => !without.includes(name))))
}

/** Read as the server reads it: without loss first. */
const issuesOf = (one: Case): Issue[] | string => {
  const text = textOf(one)
  try {
    parseJson(text)
  } catch (error) {
    return (error as WardbridgeError).code
  }
  return [...validate(JSON.parse(text), { profiles: one.profiles ?? [] }).issues]
}

const listed = (issues: readonly Issue[], severity: Issue['severity']) => [
  ...new Set(issues.filter((issue) => issue.severity === severity).map(({ expression, rule }) => `${expression} ${rule}`))
]

let cases = 0
for (const file of files) {
  const page = read(file) as { page: string; cases: readonly Case[] }
  cases += page.cases.length
  t.test(page.page, async (t) => {
    for (const one of page.cases) {
      const issues = issuesOf(one)
      if (typeof issues === 'string') t.strictSame([issues], one.errors, one.rule)
      else {
        t.strictSame(listed(issues, 'error').sort(), [...one.errors].sort(), one.rule)
        for (const warning of one.warnings ?? []) t.ok(listed(issues, 'warning').includes(warning), `${one.rule}: ${warning}`)
      }
    }
  })
}
t.test('there are at least 150 cases, each with its rule', async (t) => t.ok(cases >= 150, `${cases} cases`))
