/** What the terminology operations read from their parameters. */
import { fail } from '../../../errors.js'
import type { Coding, ValueSetResource } from '../../../fhir/terminology/resources.js'
import type { FhirContext, FhirRequest } from '../interaction.js'
import type { OperationInput } from '../operation-input.js'

/** An optional member for an object of options: left out when it was not given. */
export function optional<K extends string, V>(name: K, value: V | undefined): { readonly [N in K]?: V } {
  return (value === undefined ? {} : { [name]: value }) as { readonly [N in K]?: V }
}

/** Throws http.bad-request for anything but true and false. */
export function flag(input: OperationInput, name: string): boolean | undefined {
  const text = input.text(name)
  if (text === undefined || text === 'true' || text === 'false') return text === undefined ? undefined : text === 'true'
  throw bad(`The parameter ${name} must be true or false`)
}

/** A whole number of at least 0. */
export function whole(input: OperationInput, name: string): number | undefined {
  const text = input.text(name)
  if (text === undefined) return undefined
  if (!/^\d{1,9}$/.test(text)) throw bad(`The parameter ${name} must be a whole number, 0 or more`)
  return Number(text)
}

/** `url|version` of two parameters; a version in the URL counts first. */
export function canonical(input: OperationInput, url: string, version: string): string | undefined {
  const value = input.text(url)
  const wanted = input.text(version)
  return value === undefined || value.includes('|') || wanted === undefined ? value : `${value}|${wanted}`
}

/** A resource in the body, under its name or as the body itself. Throws http.bad-request when it is of another type. */
export function resource<T>(input: OperationInput, name: string, type: string): T | undefined {
  const value = input.value(name) ?? input.value('resource')
  if (value === undefined) return undefined
  if ((value as { resourceType?: unknown } | null)?.resourceType !== type) throw bad(`The parameter ${name} must be a ${type}`)
  return value as T
}

/** The one definition that an operation is about: of the address, of the body, or by its canonical; undefined when none is given. */
export async function subject<T>(
  { service }: FhirContext,
  { principal, params }: FhirRequest,
  type: string,
  given: { readonly canonical: string | undefined; readonly resource: T | undefined }
): Promise<string | T | undefined> {
  if (params.id === undefined) return given.resource ?? given.canonical
  await service.read(principal, type, params.id)
  return `${type}/${params.id}`
}

/** The value set that an operation is about: as subject() finds it, else that of the element named by `context`. Throws http.bad-request without any. */
export async function valueSetOf(context: FhirContext, request: FhirRequest, input: OperationInput) {
  const given = {
    canonical: canonical(input, 'url', 'valueSetVersion'),
    resource: resource<ValueSetResource>(input, 'valueSet', 'ValueSet')
  }
  const element = input.text('context')
  const found = (await subject(context, request, 'ValueSet', given)) ?? (element === undefined ? undefined : { context: element })
  if (found === undefined) throw bad('Give the parameter url, valueSet or context')
  return found
}

/** The codes asked about: `code` with `system`, `coding`, or those of `codeableConcept`. systemName, versionName: undefined where there is none. */
export function codings(input: OperationInput, systemName: string | undefined, versionName: string): readonly Coding[] {
  const code = input.text('code')
  const coding = input.value('coding')
  const concept = input.value('codeableConcept')
  if ([code, coding, concept].filter((one) => one !== undefined).length !== 1)
    throw bad('Give one of the parameters code, coding and codeableConcept')
  if (code !== undefined) {
    const system = systemName === undefined ? undefined : input.text(systemName)
    const rest = { ...optional('version', input.text(versionName)), ...optional('display', input.text('display')) }
    return [{ code, ...optional('system', system), ...rest }]
  }
  const found = coding === undefined ? (concept as { coding?: unknown } | null)?.coding : [coding]
  if (!Array.isArray(found)) throw bad('The codeableConcept has no coding')
  return found.map(checkedCoding)
}

/** Throws http.bad-request for what is no Coding with a code. */
export function checkedCoding(value: unknown): Coding {
  const { code, system, version, display } = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>
  if (typeof code !== 'string' || code === '') throw bad('A coding must have a code')
  if ([system, version, display].some((one) => one !== undefined && typeof one !== 'string')) throw bad('The coding is not valid')
  return {
    code,
    ...optional('system', system as string),
    ...optional('version', version as string),
    ...optional('display', display as string)
  }
}

/** Throws terminology.not-supported for parameters whose neglect would make the answer wrong. */
export function refuse(input: OperationInput, names: readonly string[]): void {
  const name = names.find((one) => input.names.includes(one))
  if (name !== undefined) throw fail('terminology.not-supported', { reason: `The parameter ${name} is not supported` })
}

export function bad(reason: string): Error {
  return fail('http.bad-request', { reason })
}
