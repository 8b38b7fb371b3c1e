/** The CapabilityStatement (R4 capabilitystatement.html), made from what the server says it has: nothing here claims anything by itself. */
import { includesByType } from './search-includes.js'
import { resultParameters, type searchParameters } from './search-query.js'
import type { CapabilityStatement } from './types.js'

type Rest = NonNullable<CapabilityStatement['rest']>[number]
type RestResource = NonNullable<Rest['resource']>[number]
type TypeInteraction = NonNullable<RestResource['interaction']>[number]['code']
type SystemInteraction = NonNullable<Rest['interaction']>[number]['code']

export interface CapabilityInput {
  /** Address of the FHIR API, without a slash at the end. */
  readonly baseUrl: string
  /** Of the software. */
  readonly version: string
  /** When this statement came into force, as dateTime. */
  readonly date: string
  readonly description: string
  readonly resourceTypes: readonly string[]
  /** Codes of http://hl7.org/fhir/restful-interaction, of types and of the system as a whole; codes that are neither (capabilities) are left out. */
  readonly interactions: readonly string[]
  /** Operations, by where they may be called. */
  readonly operations: ReadonlyArray<{
    readonly name: string
    readonly definition: string
    readonly system?: boolean
    readonly type?: readonly string[] | 'all'
    readonly instance?: readonly string[] | 'all'
  }>
  /** Asked only when search-type is among the interactions. */
  readonly searchParameters: typeof searchParameters
  /** Names of parameters without a definition that do not work here: _contained. */
  readonly withoutParameters?: readonly string[]
  /** Behaviour that holds for every resource type (versioning, updateCreate, conditionalRead ...), as the server has it. */
  readonly behaviour: Pick<
    RestResource,
    | 'versioning'
    | 'readHistory'
    | 'updateCreate'
    | 'conditionalCreate'
    | 'conditionalRead'
    | 'conditionalUpdate'
    | 'conditionalDelete'
    | 'referencePolicy'
  >
  readonly formats: readonly string[]
  /** Canonical URLs of CompartmentDefinitions. */
  readonly compartments: readonly string[]
  /** Media types of patches. */
  readonly patchFormats?: readonly string[]
  readonly security?: Rest['security']
}

const TYPE_INTERACTIONS: readonly string[] = [
  'read',
  'vread',
  'update',
  'patch',
  'delete',
  'history-instance',
  'history-type',
  'create',
  'search-type'
] satisfies TypeInteraction[]
const SYSTEM_INTERACTIONS: readonly string[] = ['transaction', 'batch', 'search-system', 'history-system'] satisfies SystemInteraction[]

/** A statement of kind instance, for one server address. */
export function capabilityStatement(input: CapabilityInput): CapabilityStatement {
  const { resourceTypes, behaviour, security } = input
  const interaction = input.interactions
    .filter((code) => TYPE_INTERACTIONS.includes(code))
    .map((code) => ({ code: code as TypeInteraction }))
  const system = input.interactions
    .filter((code) => SYSTEM_INTERACTIONS.includes(code))
    .map((code) => ({ code: code as SystemInteraction }))
  const called = input.operations.map(({ name, definition, ...at }) => ({ row: { name, definition }, ...at }))
  const has = (types: readonly string[] | 'all' | undefined, type: string) => types === 'all' || (types?.includes(type) ?? false)
  const systemOperations = called.filter((operation) => operation.system).map(({ row }) => row)
  const searchable = input.interactions.includes('search-type')
  const includes = includesByType()
  return {
    resourceType: 'CapabilityStatement',
    text: narrative(
      `Wardbridge ${input.version}, a FHIR R4 server: ${resourceTypes.length} resource types, ${input.operations.length} operations`
    ),
    status: 'active',
    date: input.date,
    kind: 'instance',
    software: { name: 'Wardbridge', version: input.version },
    implementation: { description: input.description, url: input.baseUrl },
    fhirVersion: '4.0.1',
    format: [...input.formats],
    ...(input.patchFormats === undefined ? {} : { patchFormat: [...input.patchFormats] }),
    rest: [
      {
        mode: 'server',
        ...(security === undefined ? {} : { security }),
        resource: resourceTypes.map((type) => {
          const operation = called.filter((one) => has(one.type, type) || has(one.instance, type)).map(({ row }) => row)
          return {
            type: type as RestResource['type'],
            interaction,
            ...behaviour,
            ...(searchable
              ? { searchInclude: [...includes.get(type)!.include], searchRevInclude: [...includes.get(type)!.revinclude] }
              : {}),
            ...(searchable ? { searchParam: searchParams(input.searchParameters(type)) } : {}),
            ...(operation.length > 0 ? { operation } : {})
          }
        }),
        ...(system.length > 0 ? { interaction: system } : {}),
        ...(searchable
          ? { searchParam: searchParams(resultParameters().filter(({ name }) => !input.withoutParameters?.includes(name))) }
          : {}),
        ...(systemOperations.length > 0 ? { operation: systemOperations } : {}),
        ...(input.compartments.length > 0 ? { compartment: [...input.compartments] } : {})
      }
    ]
  }
}

/** A narrative of one sentence (dom-6). text: plain. */
export function narrative(text: string): { readonly status: 'generated'; readonly div: string } {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  return { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml"><p>${escaped}</p></div>` }
}

function searchParams(parameters: ReturnType<typeof searchParameters>): NonNullable<RestResource['searchParam']> {
  return parameters.map(({ name, type, definition, documentation }) => ({
    name,
    ...(definition === '' ? {} : { definition }),
    type: type as NonNullable<RestResource['searchParam']>[number]['type'],
    ...(documentation === undefined ? {} : { documentation })
  }))
}
