/** Whether a FHIR store of the Cloud Healthcare API is one that the service can work with, and may. */
import type { GoogleSettings } from '../../config-google.js'
import { WardbridgeError } from '../../errors.js'
import { type Finding, failureFinding, LOOK, permissionFinding } from '../../google/finding.js'
import { Caller } from './caller.js'
import { ApiError } from './refusals.js'

const EDITOR = 'roles/healthcare.fhirResourceEditor'
const ADMIN = 'roles/healthcare.fhirStoreAdmin'

/** What serving needs, with the least role that has it. */
const SERVE = {
  'healthcare.fhirStores.get': EDITOR,
  'healthcare.fhirResources.get': EDITOR,
  'healthcare.fhirResources.create': EDITOR,
  'healthcare.fhirResources.update': EDITOR,
  'healthcare.fhirResources.delete': EDITOR,
  'healthcare.fhirStores.searchResources': EDITOR,
  'healthcare.fhirStores.executeBundle': EDITOR
} as const

/** What loads and exports need besides. */
const TRANSFER = { 'healthcare.fhirStores.import': ADMIN, 'healthcare.fhirStores.export': ADMIN } as const

/** name: `projects/P/locations/L/datasets/D/fhirStores/F`. */
export async function checkFhirStore(name: string, google: GoogleSettings): Promise<Finding[]> {
  const caller = new Caller(name, { ...google, callBudget: Math.min(google.callBudget, LOOK) })
  const what = `FHIR store ${name}`
  try {
    const send: Parameters<Caller['call']>[0]['send'] = ({ fhirStores }, options) => fhirStores.get({ name }, options)
    const { text } = await caller.call({ method: 'fhirStores.get', again: 'reads', what: name, send })
    const store = JSON.parse(text) as Readonly<Record<string, unknown>>
    return [{ what, state: 'ok', detail: 'is there' }, ...settings(store), ...(await permissions(caller))]
  } catch (error) {
    return [absence(what, name, error)]
  }
}

function absence(what: string, name: string, error: unknown): Finding {
  const cause = error instanceof WardbridgeError ? error.cause : error
  const [, project, , location, , dataset, , store] = name.split('/')
  return failureFinding(what, cause, {
    status: cause instanceof ApiError ? cause.status : undefined,
    absent: {
      detail: 'there is no such store',
      remedy: `gcloud healthcare fhir-stores create ${store} --project=${project} --location=${location} --dataset=${dataset} --version=R4 --enable-update-create`
    },
    grant: `grant ${EDITOR}`,
    setting: 'WARDBRIDGE_HEALTHCARE_URL'
  })
}

/** What of the store's settings stands in the way, and what changes what is promised. */
function settings(store: Readonly<Record<string, unknown>>): Finding[] {
  const { version, enableUpdateCreate, disableResourceVersioning, disableReferentialIntegrity } = store
  return [
    version === 'R4'
      ? { what: 'version', state: 'ok', detail: 'R4' }
      : {
          what: 'version',
          state: 'missing',
          detail: `${String(version)}, not R4`,
          remedy: 'make another store: the version cannot be changed'
        },
    enableUpdateCreate === true
      ? { what: 'enableUpdateCreate', state: 'ok', detail: 'on' }
      : {
          what: 'enableUpdateCreate',
          state: 'missing',
          detail: 'off: resources cannot be written under ids of their own',
          remedy: 'gcloud healthcare fhir-stores update STORE --enable-update-create'
        },
    {
      what: 'disableResourceVersioning',
      state: 'ok',
      detail: disableResourceVersioning === true ? 'on: there is no history' : 'off: versions are kept'
    },
    {
      what: 'disableReferentialIntegrity',
      state: 'ok',
      detail: disableReferentialIntegrity === true ? 'on: references may lead to nothing' : 'off: references must lead to a resource'
    }
  ]
}

async function permissions(caller: Caller): Promise<Finding[]> {
  const wanted = [...Object.keys(SERVE), ...Object.keys(TRANSFER)]
  const send: Parameters<Caller['call']>[0]['send'] = ({ fhirStores }, options) =>
    fhirStores.testIamPermissions({ resource: caller.store, requestBody: { permissions: wanted } }, options)
  try {
    const { text } = await caller.call({ method: 'fhirStores.testIamPermissions', again: 'reads', what: caller.store, send })
    const { permissions: held = [] } = JSON.parse(text) as { permissions?: readonly string[] }
    return [permissionFinding('permissions to serve', SERVE, held), permissionFinding('permissions to load and export', TRANSFER, held)]
  } catch (error) {
    return [{ what: 'permissions', state: 'unknown', detail: error instanceof Error ? error.message : String(error) }]
  }
}
