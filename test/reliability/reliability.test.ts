/** bench/reliability.mjs with fewer kills and rounds. */
import { join } from 'node:path'
import t from 'tap'
import { newFolder } from '../store/sqlite/folder.js'

/** Plain JavaScript of bench/reliability: what it is called with and what it gives. */
const part = <Module>(name: string) => import(new URL(`../../bench/reliability/${name}.mjs`, import.meta.url).href) as Promise<Module>
interface Crash {
  crash(
    file: string,
    options: { kills: number; random: () => number }
  ): Promise<{ kills: number; acknowledged: number; transactionsAcknowledged: number; problems: string[] }>
}
interface Races {
  createOnce(file: string, many: number): Promise<object>
  countUp(file: string, writers: number, times: number): Promise<object>
}

t.test('a server killed five times under concurrent writes: what was acknowledged is there, no half transaction, clean', async (t) => {
  const { crash } = await part<Crash>('crash')
  const { problems, acknowledged, transactionsAcknowledged } = await crash(join(newFolder(t), 'store.db'), {
    kills: 5,
    random: Math.random
  })
  t.strictSame(problems, [])
  t.ok(acknowledged > 0 && transactionsAcknowledged > 0, `${acknowledged} acknowledged`)
})

t.test(
  '100 conditional creates of one identifier at once, at two servers on one store: one resource, which all answers name',
  async (t) => {
    const { createOnce } = await part<Races>('races')
    t.match(await createOnce(join(newFolder(t), 'store.db'), 100), { created: 1, found: 99, other: 0, ids: 1, resources: 1 })
  }
)

t.test('32 clients at two servers count one resource up with If-Match: no update is lost', async (t) => {
  const { countUp } = await part<Races>('races')
  t.match(await countUp(join(newFolder(t), 'store.db'), 32, 2), { counted: 64, versions: 65 })
})
