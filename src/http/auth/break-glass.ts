/** /auth/break-glass and /auth/alerts: who looks at patients outside of their care, and who looks at many. */
import type { Alert, BreakGlass } from '../../state/audit.js'
import { membersOf, text } from './body.js'
import { describe, object } from './describe.js'
import type { Endpoint } from './routes.js'

const OPENED = 'id, account, patient, reason, created, until, from, ended, endedBy'

interface One {
  Params: { id: string }
}

export const breakGlass: Endpoint = (app, { service }) => {
  app.post(
    '/auth/break-glass',
    {
      schema: describe({
        summary: 'See a patient outside of your care for a while, for a reason; every access by it is marked in the audit log',
        body: object('patient', 'reason'),
        answer: [201, OPENED]
      })
    },
    async (request, reply) => {
      const members = membersOf(request, ['patient', 'reason'])
      const patient = text(members, 'patient').replace(/^Patient\//, '')
      const reason = text(members, 'reason')
      const opened = await service.breakGlass(request.principal, patient, reason)
      return reply.code(201).header('location', `/auth/break-glass/${opened.id}`).send(shownGlass(opened))
    }
  )

  app.get(
    '/auth/break-glass',
    {
      schema: describe({
        summary: 'Who broke the glass, newest first: all for administrators and auditors, else your own',
        answer: [200, `breakGlass: ${OPENED} of each`]
      })
    },
    async (request) => ({ breakGlass: (await service.listBreakGlass(request.principal)).map(shownGlass) })
  )

  app.delete<One>(
    '/auth/break-glass/:id',
    { schema: describe({ summary: 'End it before its time: administrators, and whoever opened it', answer: [204, 'Ended'] }) },
    async (request, reply) => {
      await service.endBreakGlass(request.principal, request.params.id)
      return reply.code(204).send()
    }
  )

  app.get(
    '/auth/alerts',
    {
      schema: describe({
        summary: 'Accounts that looked at many patients in a short time, newest first; for administrators and auditors',
        answer: [200, 'alerts: id, account, role, patients, seconds, created, from of each']
      })
    },
    async (request) => ({ alerts: (await service.alerts(request.principal)).map(shownAlert) })
  )
}

const instant = (milliseconds: number): string => new Date(milliseconds).toISOString()

function shownGlass({ id, subject, patient, reason, made, until, from, ended, endedBy }: BreakGlass): object {
  return {
    ...{ id, account: subject, patient, reason, created: instant(made), until: instant(until), from },
    ...(ended === undefined ? {} : { ended: instant(ended), endedBy })
  }
}

function shownAlert({ id, subject, role, patients, seconds, made, from }: Alert): object {
  return { id, account: subject, role, patients, seconds, created: instant(made), from }
}
