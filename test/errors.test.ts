import t from 'tap'
import { ERRORS, fail, operationOutcome, validationOutcome } from '#wardbridge/errors.js'

t.test('an error carries its place, code and OperationOutcome', async (t) => {
  const error = fail('json.syntax', { line: 1, column: 2, reason: 'x' }, { place: { file: 'a.json', line: 1, column: 2 } })
  t.equal(error.status, ERRORS['json.syntax'].status)
  t.match(error.message, /^a\.json:1:2: Not valid JSON/)
  t.match(JSON.parse(operationOutcome([error])), { issue: [{ code: 'structure' }] })
})

t.test('the outcome of a validation has each issue once, and says so when there is none', async (t) => {
  const issue = { severity: 'error', code: 'invariant', expression: 'Observation', text: 'obs-6: x' } as const
  t.same(JSON.parse(validationOutcome([issue, { ...issue, profile: 'http://p' }, { ...issue, severity: 'warning' }])), {
    resourceType: 'OperationOutcome',
    issue: [
      {
        severity: 'error',
        code: 'invariant',
        details: { text: 'obs-6: x' },
        diagnostics: 'Asked for by http://p',
        expression: ['Observation']
      },
      { severity: 'warning', code: 'invariant', details: { text: 'obs-6: x' }, expression: ['Observation'] }
    ]
  })
  t.match(JSON.parse(validationOutcome([])), { issue: [{ severity: 'information', code: 'informational' }] })
})
