import t from 'tap'
import { build } from './helper.js'
import { tellStory } from './story.js'

t.test('the story is told through /rest, /fhir and transaction bundles', async (t) => {
  await tellStory(t, await build(t))
})

t.test('and with the door of the twin in the place of /fhir', async (t) => {
  const built = await build(t)
  await tellStory(t, built, `/v1/${built.settings.twinStore}/fhir`)
})
