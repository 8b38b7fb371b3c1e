/** The same story on a FHIR store of the Cloud Healthcare API: a service over one store of a twin, which is another process's in real life. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { build } from './helper.js'
import { tellStory } from './story.js'
import { startTwin } from './support/twin.js'

t.test('the story is told on the Healthcare store against the twin', async (t) => {
  const state = mkdtempSync(join(tmpdir(), 'wardbridge-'))
  t.teardown(() => rmSync(state, { recursive: true }))
  const { url, google, create } = await startTwin(t)
  const store = await create()
  await t.test('with its claims, its audit log and its state beside it', async (t) => {
    const built = await build(t, { store, state, googleHealthcareUrl: url, googleToken: google.token! })
    await tellStory(t, built)
    const feed = await built.ask('GET', '/feed')
    t.match([feed.status, feed.json.issue], [501, [{ code: 'not-supported' }]], 'a store that tells of no changes has no feed')
  })
})
