/** Questions and answers below /rest/patients/{id}/question. */
import { ask, correct, listQuestions, open, readQuestion, reply } from '../../hospital/questions.js'
import { pageOf, type RestRoute } from './route.js'

const ALSO = { opened_at: 'When it was first opened', waiting_seconds: 'How long it has waited, or waited until it was answered' }
const ONE = '/patients/:id/question/:qid'

export const QUESTIONS: readonly RestRoute[] = [
  {
    method: 'POST',
    url: '/patients/:id/question',
    summary: 'Ask; without an admission and a diagnosis those of the stay the patient is in',
    table: 'questions',
    also: ALSO,
    takes: ['id', 'subject_id', 'hadm_id', 'diagnosis', 'question', 'created_at', 'media_id'],
    needs: ['question'],
    example: { question: 'May I drive after the operation?', media_id: 'm-17' },
    handler: async (hospital, { caller, params, body }) => {
      const row = await ask(hospital, caller, params['id']!, body)
      return { kind: 'row', row, location: `/patients/${encodeURIComponent(params['id']!)}/question/${encodeURIComponent(row.key)}` }
    }
  },
  {
    method: 'GET',
    url: '/patients/:id/question',
    summary: 'Questions of a patient with their answers, the latest first',
    table: 'questions',
    also: ALSO,
    list: true,
    handler: async (hospital, { caller, params, query }) => ({
      kind: 'rows',
      rows: await listQuestions(hospital, caller, params['id']!, pageOf(query))
    })
  },
  {
    method: 'GET',
    url: ONE,
    summary: 'Read a question with its answer',
    table: 'questions',
    also: ALSO,
    handler: async (hospital, { caller, params }) => ({
      kind: 'row',
      row: await readQuestion(hospital, caller, params['id']!, params['qid']!)
    })
  },
  {
    method: 'POST',
    url: `${ONE}/reply`,
    summary: 'Answer a question; a question has one answer',
    table: 'questions',
    also: ALSO,
    takes: ['answer', 'answered_at', 'answered_by'],
    needs: ['answer'],
    example: { answer: 'Not before your check-up next week.' },
    handler: async (hospital, { caller, params, body }) => ({
      kind: 'row',
      row: await reply(hospital, caller, params['id']!, params['qid']!, body),
      location: `/patients/${encodeURIComponent(params['id']!)}/question/${encodeURIComponent(params['qid']!)}`
    })
  },
  {
    method: 'PUT',
    url: `${ONE}/reply`,
    summary: 'Correct an answer, with a reason; the earlier text stays in its history',
    table: 'questions',
    also: { ...ALSO, reason: 'Why it is corrected; in a request, required' },
    takes: ['answer'],
    needs: ['answer', 'reason'],
    example: { answer: 'Not before your check-up in two weeks.', reason: 'The check-up was moved' },
    handler: async (hospital, { caller, params, body, ifMatch }) => ({
      kind: 'row',
      row: await correct(hospital, caller, params['id']!, params['qid']!, body, ifMatch)
    })
  },
  {
    method: 'POST',
    url: `${ONE}/opened`,
    summary: 'Mark a question as opened, the first time',
    table: 'questions',
    also: ALSO,
    takes: [],
    handler: async (hospital, { caller, params }) => ({ kind: 'row', row: await open(hospital, caller, params['id']!, params['qid']!) })
  }
]
