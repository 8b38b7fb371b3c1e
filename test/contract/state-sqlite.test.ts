import t from 'tap'
import { openState, type State } from '#wardbridge/state/state.js'
import { stateContract } from './state.js'

await stateContract(t, async (t, times) => {
  const folder = t.testdir()
  const states: State[] = []
  for (let n = 0; n < times; n++) states.push(await openState(folder))
  t.teardown(() => {
    for (const state of states) state.close()
  })
  return states
})
