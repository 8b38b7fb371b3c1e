#!/usr/bin/env node
/**
 * Kills a server under concurrent writes, lets writers race, and writes docs/reliability.md: npm run reliability [-- --kills 50] [--seed 1] [--dry]
 * --dry prints the figures and writes nothing. Ends with 1 when anything that must not happen did.
 */
import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { inFolder } from './measure.mjs'
import { crash } from './reliability/crash.mjs'
import { countUp, createOnce } from './reliability/races.mjs'

const { values } = parseArgs({
  options: { kills: { type: 'string', default: '50' }, seed: { type: 'string', default: '1' }, dry: { type: 'boolean', default: false } }
})

let state = Number(values.seed)
/** The same moments for the same seed, as far as the machine lets them be the same. */
function random() {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return state / 2 ** 32
}

const { killed, counted, created } = await inFolder(async (folder) => ({
  counted: await countUp(join(folder, 'counted.db'), 32, 10),
  created: await createOnce(join(folder, 'created.db'), 100),
  killed: await crash(join(folder, 'killed.db'), {
    kills: Number(values.kills),
    random,
    progress: ({ round, acknowledged, problems }) =>
      process.stderr.write(`kill ${round}: ${acknowledged} acknowledged so far, ${problems} problems\n`)
  })
}))

const number = (value) => value.toLocaleString('en-US')
const faults = [
  ...killed.problems,
  ...(counted.counted === counted.wanted && counted.versions === counted.wanted + 1 ? [] : ['an update was lost']),
  ...(created.resources === 1 && created.ids === 1 && created.created === 1 && created.other === 0
    ? []
    : ['an identifier was created twice'])
]
const page = `# Reliability

<!-- Made by bench/reliability.mjs. Do not edit. -->

Made by \`npm run reliability\` on ${new Date().toISOString().slice(0, 10)}: ${cpus().length} cores, Node ${process.version}, seed ${values.seed}. Everything goes over HTTP to servers as
\`wardbridge serve\` starts them. ${faults.length === 0 ? 'Nothing that must not happen did.' : `**${faults.length} faults:** ${faults.slice(0, 20).join('; ')}.`}

## Killed under concurrent writes

Twenty clients write at once to one server: creates, updates, conditional creates (four clients with the same identifiers), deletions, and transactions of
six entries. At a random moment within 1.5 s after the first answer the server gets SIGKILL; then the store is opened again, everything that any client was
ever told is looked up in it, \`verify\` runs, and the next server starts on the same store.

| what | figure |
|---|---|
| kills | ${number(killed.kills)} |
| acknowledged writes and transactions | ${number(killed.acknowledged)} |
| transactions sent, acknowledged | ${number(killed.transactions)}, ${number(killed.transactionsAcknowledged)} |
| acknowledged, but not there; transactions there in part; identifiers created twice; faults found by \`verify\` | ${number(killed.problems.length)} |

## Two servers on one store file

| what | figure |
|---|---|
| conditional creates of one identifier at the same moment, half at each server | ${number(created.sent)} |
| answered 201, answered 200, other answers | ${created.created}, ${created.found}, ${created.other} |
| resources there are then, different ids in the answers | ${created.resources}, ${created.ids} |
| clients that read a counter, add one and write it with If-Match, half at each server | ${number(counted.writers)} |
| additions by all of them, counter in the end, versions beside the first | ${number(counted.wanted)}, ${number(counted.counted)}, ${number(counted.versions - 1)} |
| writes refused with 412 and tried again | ${number(counted.refused)} |

The same with five kills is a test (\`test/reliability\`). Other tests kill loads (\`test/commands/crash.test.ts\`), kill single writes and merges inside
the store, and fill the disk (\`test/store/sqlite\`).
`
process.stderr.write(page)
if (!values.dry) writeFileSync(new URL('../docs/reliability.md', import.meta.url), page)
if (faults.length > 0) process.exitCode = 1
