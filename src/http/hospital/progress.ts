/** Progress entries: POST and GET /rest/progress, GET and PUT /rest/progress/{progress_id}. */
import { createProgress, listProgress, readProgress, updateProgress } from '../../hospital/progress.js'
import { pageOf, type RestRoute } from './route.js'

export const PROGRESS: readonly RestRoute[] = [
  {
    method: 'POST',
    url: '/progress',
    summary: 'Add a progress entry or a test result; without a timestamp it is of now',
    table: 'progress',
    needs: ['subject_id'],
    example: { subject_id: 10006, hadm_id: 142345, code: 'Heart rate', value: '72', unit: 'bpm', description: 'At rest' },
    handler: async (hospital, { caller, body }) => {
      const row = await createProgress(hospital, caller, body)
      return { kind: 'row', row, location: `/progress/${encodeURIComponent(row.key)}` }
    }
  },
  {
    method: 'GET',
    url: '/progress',
    summary: 'Progress entries of a patient, the latest first',
    table: 'progress',
    list: true,
    query: { subject_id: 'The patient; required', hadm_id: 'Only of this admission' },
    handler: async (hospital, { caller, query }) => ({
      kind: 'rows',
      rows: await listProgress(hospital, caller, {
        subject: query.get('subject_id') ?? '',
        admission: query.get('hadm_id') || undefined,
        page: pageOf(query)
      })
    })
  },
  {
    method: 'GET',
    url: '/progress/:progress_id',
    summary: 'Read a progress entry',
    table: 'progress',
    handler: async (hospital, { caller, params }) => ({ kind: 'row', row: await readProgress(hospital, caller, params['progress_id']!) })
  },
  {
    method: 'PUT',
    url: '/progress/:progress_id',
    summary: 'Correct a progress entry; columns that are left out stay, null empties one',
    table: 'progress',
    example: { description: 'After climbing stairs' },
    handler: async (hospital, { caller, params, body, ifMatch }) => ({
      kind: 'row',
      row: await updateProgress(hospital, caller, params['progress_id']!, body, ifMatch)
    })
  }
]
