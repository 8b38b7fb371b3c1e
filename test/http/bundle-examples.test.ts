/** Every resource of hl7.fhir.r4.examples goes through a batch, then through a transaction, and comes back as it was. */
import { existsSync } from 'node:fs'
import t from 'tap'
import { build } from '../helper.js'
import { content, type Example, FOLDER, readExamples } from './official-examples.js'

/** Entries in one bundle, and characters. */
const ENTRIES = 100
const CHARACTERS = 8_000_000

function* chunks(examples: readonly Example[]): Generator<readonly Example[]> {
  let chunk: Example[] = []
  let size = 0
  for (const example of examples) {
    if (chunk.length === ENTRIES || (chunk.length > 0 && size + example.text.length > CHARACTERS)) {
      yield chunk
      chunk = []
      size = 0
    }
    chunk.push(example)
    size += example.text.length
  }
  if (chunk.length > 0) yield chunk
}

const bundle = (type: string, examples: readonly Example[]) => {
  const entries = examples.map(({ type, id, text }) => `{"resource":${text},"request":{"method":"PUT","url":"${type}/${id}"}}`)
  return `{"resourceType":"Bundle","type":"${type}","entry":[${entries.join(',')}]}`
}

t.test(
  'all official examples are stored by batches and by transactions, and read back as they were',
  { skip: existsSync(FOLDER) ? false : 'unpack hl7.fhir.r4.examples 4.0.1 and set WARDBRIDGE_R4_EXAMPLES to its folder', timeout: 300_000 },
  async (t) => {
    const all = readExamples().filter(({ text }) => text.length < CHARACTERS)
    // What is given twice in the package is one resource.
    const examples = [...new Map(all.map((example) => [`${example.type}/${example.id}`, example])).values()]
    let accepted: readonly Example[] = examples
    for (const type of ['batch', 'transaction']) {
      await t.test(type, async (t) => {
        const { ask } = await build(t, { bodyLimit: 64 << 20, logLevel: 'silent' })
        const stored: Example[] = []
        for (const chunk of chunks(accepted)) {
          const answer = await ask('POST', '/fhir', { body: bundle(type, chunk) })
          if (answer.status !== 200) t.fail(answer.text.slice(0, 500))
          else for (const [n, { response }] of answer.json.entry.entries()) if (response.status === '201 Created') stored.push(chunk[n]!)
        }
        let same = 0
        for (const { type, id, text, name } of stored) {
          const { status, text: read } = await ask('GET', `/fhir/${type}/${id}`)
          if (status === 200 && content(read) === content(text)) same++
          else t.fail(`${name} is not read back as it was: ${status}`)
        }
        t.equal(same, stored.length)
        t.comment(`${stored.length} of ${examples.length} stored`)
        t.ok(stored.length > 0.95 * examples.length, 'nearly all are valid')
        if (type === 'transaction') t.equal(stored.length, accepted.length, 'what a batch takes, a transaction takes')
        accepted = stored
      })
    }
  }
)
