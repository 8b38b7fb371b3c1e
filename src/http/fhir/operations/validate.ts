/** $validate (R4 resource-operation-validate.html): what is wrong with a resource, told with 200 whether it is valid or not. */
import { fail, type OutcomeIssue, validationOutcome } from '../../../errors.js'
import { type JsonNode, parseJson, stringifyJson } from '../../../fhir/json.js'
import { parameter } from '../../../fhir/parameters.js'
import type { Service } from '../../../service/contract.js'
import type { FhirRequest, Operation } from '../interaction.js'
import { answer } from '../respond.js'

const MODES = ['create', 'update', 'delete', 'profile'] as const
type Mode = (typeof MODES)[number]

interface Input {
  /** Text of the resource; undefined when none was sent. */
  readonly resource: string | undefined
  readonly mode: Mode | undefined
  readonly profile: string | undefined
}

export const validate: Operation = {
  name: 'validate',
  definition: 'http://hl7.org/fhir/OperationDefinition/Resource-validate',
  summary: 'Say what is wrong with a resource, sent or stored, by R4, its profiles and the one asked for',
  type: 'all',
  instance: 'all',
  affectsState: false,
  handler:
    ({ service }) =>
    async (request) => {
      const input = readInput(request)
      checkPlace(input, request.params.id)
      return answer(validationOutcome(await issuesOf(service, request, input)))
    }
}

async function issuesOf(service: Service, request: FhirRequest, { resource, mode, profile }: Input): Promise<readonly OutcomeIssue[]> {
  const { principal, params } = request
  const { type, id } = params
  if (mode === 'delete') return service.validateDelete(principal, type, id)
  const text = resource ?? (await service.read(principal, type, id)).body.toString()
  const issues = await service.validate(principal, type, text, profile === undefined ? [] : [profile])
  return mode === 'update' ? [...issues, ...idIssues(text, type, id)] : issues
}

/** An update must name the resource in the address. */
function idIssues(text: string, type: string, id: string): OutcomeIssue[] {
  const own = (JSON.parse(text) as { id?: unknown } | null)?.id
  if (own === id) return []
  const missing = own === undefined
  const reason = missing ? 'is required for an update' : 'is not the id in the address'
  return [{ severity: 'error', code: missing ? 'required' : 'value', expression: `${type}.id`, text: reason }]
}

/** Throws http.bad-request where R4 does not allow the mode, or something it needs is missing. */
function checkPlace({ resource, mode, profile }: Input, id: string | undefined): void {
  const refuse = (reason: string) => fail('http.bad-request', { reason }, { issue: 'required' })
  if ((mode === 'update' || mode === 'delete') && id === undefined)
    throw refuse(`The mode ${mode} needs the address of a resource: [type]/[id]/$validate`)
  if (mode === 'profile' && profile === undefined) throw refuse('The mode profile needs the parameter profile')
  if (resource === undefined && id === undefined) throw refuse('The parameter resource is missing')
}

/**
 * From the address and the body: Parameters, or the resource itself. Read without loss, so that what JSON.parse would hide is found.
 * Throws json.syntax, json.depth, http.bad-request.
 */
function readInput({ parameters, body }: FhirRequest): Input {
  const sent = body === '' ? undefined : parseJson(body)
  const parts = partsOf(sent)
  const resource = parts === undefined ? sent : memberOf(partOf(parts, 'resource'), 'resource')
  const mode = parameter(parameters, 'mode') ?? primitive(parts, 'mode')
  if (mode !== undefined && !MODES.some((one) => one === mode))
    throw fail('http.bad-request', { reason: `mode is one of ${MODES.join(', ')}, not "${mode.slice(0, 60)}"` }, { issue: 'value' })
  return {
    resource: resource === undefined ? undefined : resource === sent ? body : stringifyJson(resource),
    mode: mode as Mode | undefined,
    profile: parameter(parameters, 'profile') ?? primitive(parts, 'profile')
  }
}

/** The parts of Parameters that hold the input; undefined for a resource to be validated, which may be Parameters itself. */
function partsOf(sent: JsonNode | undefined): readonly JsonNode[] | undefined {
  if (textOf(memberOf(sent, 'resourceType')) !== 'Parameters') return undefined
  const list = memberOf(sent, 'parameter')
  const parts = list?.kind === 'array' ? list.items : []
  const names = parts.map((part) => textOf(memberOf(part, 'name')) ?? '')
  return names.every((name) => ['resource', 'mode', 'profile'].includes(name)) ? parts : undefined
}

function partOf(parts: readonly JsonNode[] | undefined, name: string): JsonNode | undefined {
  return parts?.find((part) => textOf(memberOf(part, 'name')) === name)
}

function primitive(parts: readonly JsonNode[] | undefined, name: string): string | undefined {
  const part = partOf(parts, name)
  return part?.kind === 'object' ? textOf(part.members.find((one) => one.name.startsWith('value'))?.value) : undefined
}

function memberOf(node: JsonNode | undefined, name: string): JsonNode | undefined {
  return node?.kind === 'object' ? node.members.find((one) => one.name === name)?.value : undefined
}

function textOf(node: JsonNode | undefined): string | undefined {
  return node?.kind === 'string' ? node.value : undefined
}
