import t from 'tap'
import { ERRORS, fail, operationOutcome } from '#wardbridge/errors.js'

t.test('an error carries its place, code and OperationOutcome', async (t) => {
  const error = fail('json.syntax', { line: 1, column: 2, reason: 'x' }, { place: { file: 'a.json', line: 1, column: 2 } })
  t.equal(error.status, ERRORS['json.syntax'].status)
  t.match(error.message, /^a\.json:1:2: Not valid JSON/)
  t.match(JSON.parse(operationOutcome([error])), { issue: [{ code: 'structure' }] })
})
