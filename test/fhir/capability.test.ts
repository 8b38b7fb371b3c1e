import t from 'tap'
import { type CapabilityInput, capabilityStatement } from '#wardbridge/fhir/capability.js'
import { resourceTypes } from '#wardbridge/fhir/definitions.js'
import { searchParameters } from '#wardbridge/fhir/search-query.js'
import { validateResource } from '#wardbridge/fhir/validate.js'

const input: CapabilityInput = {
  baseUrl: 'http://localhost/fhir',
  version: '1.2.3',
  date: '2026-01-02',
  description: 'a server',
  resourceTypes: ['Observation', 'Patient'],
  operations: [],
  interactions: ['read', 'search-type', 'capabilities', 'transaction'],
  searchParameters,
  behaviour: { versioning: 'versioned', updateCreate: true },
  compartments: ['http://hl7.org/fhir/CompartmentDefinition/patient'],
  formats: ['application/fhir+json'],
  security: { description: 'bearer token' }
}

t.test('is valid R4 for every resource type', async (t) => {
  t.same(validateResource(capabilityStatement({ ...input, resourceTypes: resourceTypes() })), [])
})

t.test('says what is passed in, and nothing else', async (t) => {
  const [rest] = capabilityStatement(input).rest ?? []
  t.same(rest?.interaction, [{ code: 'transaction' }])
  t.same(
    rest?.resource?.map(({ type, interaction, versioning, updateCreate, conditionalCreate }) => [
      type,
      interaction,
      versioning,
      updateCreate,
      conditionalCreate
    ]),
    ['Observation', 'Patient'].map((type) => [type, [{ code: 'read' }, { code: 'search-type' }], 'versioned', true, undefined])
  )
  t.same(
    rest?.resource?.[1]?.searchParam?.find(({ name }) => name === 'birthdate'),
    { name: 'birthdate', type: 'date', definition: 'http://hl7.org/fhir/SearchParameter/individual-birthdate' }
  )
  t.same(
    rest?.searchParam?.map(({ name }) => name),
    [
      '_contained',
      '_containedType',
      '_count',
      '_elements',
      '_filter',
      '_has',
      '_include',
      '_list',
      '_revinclude',
      '_sort',
      '_summary',
      '_total'
    ]
  )
})

t.test('a server that cannot search lists no search parameters', async (t) => {
  const [rest] = capabilityStatement({ ...input, interactions: ['read'] }).rest ?? []
  t.notOk(rest?.searchParam)
  t.notOk(rest?.resource?.some(({ searchParam }) => searchParam !== undefined))
  t.notOk(rest?.interaction)
})
