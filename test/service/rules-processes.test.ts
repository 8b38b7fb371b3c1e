import t from 'tap'
import { answersAtOnce } from './answers-at-once.js'

t.test('two processes', async (t) => answersAtOnce(t, { store: `${t.testdir()}/store.db` }))
