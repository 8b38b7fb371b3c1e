/** Admissions: POST /rest/admissions, GET and PUT /rest/admissions/{hadm_id}. */
import { createAdmission, readAdmission, updateAdmission } from '../../hospital/admissions.js'
import type { RestRoute } from './route.js'

const ALSO = {
  unit: 'Unit of the bed: id of a Location. In a request also its name or the value of an identifier; a free bed is taken there',
  bed: 'Bed of the patient: id of a Location. In a request: this bed',
  bed_name: 'Name of the bed; not looked at in a request'
}

export const ADMISSIONS: readonly RestRoute[] = [
  {
    method: 'POST',
    url: '/admissions',
    summary: 'Admit a patient; with a unit, a free bed there is taken, or 409 says that none is free',
    table: 'admissions',
    also: ALSO,
    example: {
      subject_id: 10006,
      admittime: '2164-10-23 21:09:00',
      admission_type: 'EMERGENCY',
      insurance: 'Medicare',
      diagnosis: 'SEPSIS',
      physician_id: 'P01',
      unit: 'MICU'
    },
    handler: async (hospital, { caller, body }) => {
      const row = await createAdmission(hospital, caller, body)
      return { kind: 'row', row, location: `/admissions/${encodeURIComponent(row.key)}` }
    }
  },
  {
    method: 'GET',
    url: '/admissions/:hadm_id',
    summary: 'Read an admission',
    table: 'admissions',
    also: ALSO,
    handler: async (hospital, { caller, params }) => ({ kind: 'row', row: await readAdmission(hospital, caller, params['hadm_id']!) })
  },
  {
    method: 'PUT',
    url: '/admissions/:hadm_id',
    summary: 'Transfer, discharge, record a death, name another physician; columns that are left out stay, null empties one',
    table: 'admissions',
    also: ALSO,
    example: { dischtime: '2164-11-01 17:15:00', discharge_location: 'HOME' },
    handler: async (hospital, { caller, params, body, ifMatch }) => ({
      kind: 'row',
      row: await updateAdmission(hospital, caller, params['hadm_id']!, body, ifMatch)
    })
  }
]
