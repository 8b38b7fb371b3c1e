/** Physicians: GET /rest/physicians, /rest/physicians/{id}, …/patients and …/inbox. */
import { inbox, listPhysicians, patientsOf, readPhysician } from '../../hospital/physicians.js'
import { pageOf, type RestRoute } from './route.js'

export const PHYSICIANS: readonly RestRoute[] = [
  {
    method: 'GET',
    url: '/physicians',
    summary: 'The physicians',
    table: 'physicians',
    list: true,
    handler: async (hospital, { caller, query }) => ({ kind: 'rows', rows: await listPhysicians(hospital, caller, pageOf(query)) })
  },
  {
    method: 'GET',
    url: '/physicians/:id',
    summary: 'Read a physician',
    table: 'physicians',
    handler: async (hospital, { caller, params }) => ({ kind: 'row', row: await readPhysician(hospital, caller, params['id']!) })
  },
  {
    method: 'GET',
    url: '/physicians/:id/patients',
    summary: 'Patients by the admissions that a physician is responsible for, the latest first',
    table: 'patients',
    also: { hadm_id: 'The admission', admittime: 'Its start', dischtime: 'Its end', diagnosis: 'Its diagnosis' },
    list: true,
    query: { in_house: 'true: only those who are not discharged' },
    handler: async (hospital, { caller, params, query }) => ({
      kind: 'rows',
      rows: await patientsOf(hospital, caller, params['id']!, { inHouse: query.get('in_house') === 'true', page: pageOf(query) })
    })
  },
  {
    method: 'GET',
    url: '/physicians/:id/inbox',
    summary: 'Open questions that wait for a physician, the oldest first',
    table: 'questions',
    also: { opened_at: 'When it was first opened', waiting_seconds: 'How long it has waited', unread: 'true: nobody has opened it yet' },
    list: true,
    handler: async (hospital, { caller, params, query }) => ({
      kind: 'rows',
      rows: await inbox(hospital, caller, params['id']!, pageOf(query))
    })
  }
]
