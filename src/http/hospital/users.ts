/** Patients: POST /rest/user, GET, PUT and DELETE /rest/user/{id}. */
import { createPatient, deletePatient, readPatient, updatePatient } from '../../hospital/patients.js'
import type { RestRoute } from './route.js'

const EXAMPLE = { gender: 'F', dob: '1970-02-03', identity_doc: 'ID-4711' }

export const USERS: readonly RestRoute[] = [
  {
    method: 'POST',
    url: '/user',
    summary: 'Register a patient; without a subject_id a new one is given',
    table: 'patients',
    example: EXAMPLE,
    handler: async (hospital, { caller, body }) => {
      const row = await createPatient(hospital, caller, body)
      return { kind: 'row', row, location: `/user/${encodeURIComponent(row.key)}` }
    }
  },
  {
    method: 'GET',
    url: '/user/:id',
    summary: 'Read a patient',
    table: 'patients',
    handler: async (hospital, { caller, params }) => ({ kind: 'row', row: await readPatient(hospital, caller, params['id']!) })
  },
  {
    method: 'PUT',
    url: '/user/:id',
    summary: 'Change a patient; columns that are left out stay, null empties one',
    table: 'patients',
    example: { gender: 'F' },
    handler: async (hospital, { caller, params, body, ifMatch }) => ({
      kind: 'row',
      row: await updatePatient(hospital, caller, params['id']!, body, ifMatch)
    })
  },
  {
    method: 'DELETE',
    url: '/user/:id',
    summary: 'Delete a patient without clinical data; one with such data is refused, or made inactive where the hospital archives',
    table: 'patients',
    handler: async (hospital, { caller, params, ifMatch }) => {
      await deletePatient(hospital, caller, params['id']!, ifMatch)
      return { kind: 'nothing' }
    }
  }
]
