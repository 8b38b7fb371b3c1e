import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { answersAtOnce } from '../../service/answers-at-once.js'
import { startTwin } from '../../support/twin.js'

t.test('a hundred answers to one question at once, from two service processes over one FHIR store: one is accepted', async (t) => {
  const state = mkdtempSync(join(tmpdir(), 'wardbridge-'))
  t.teardown(() => rmSync(state, { recursive: true }))
  const twin = await startTwin(t)
  await answersAtOnce(t, { store: await twin.create(), google: twin.google, state })
})
