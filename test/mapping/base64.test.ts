/** `{base64: $text}`: whole texts as attachments. */
import t from 'tap'
import { validateResource } from '#wardbridge/fhir/validate.js'
import { checkPack } from '#wardbridge/mapping/index.js'
import { ODD_TEXTS } from './random.js'
import { accepted, comesBack, compiled, mapRow, tableOf, tiny } from './support.js'

const notes = `
table: notes
key: id
columns: {id: {type: integer, required: true}, words: text}
resources:
  - as: note
    key: [$id]
    resourceType: DocumentReference
    identifier: [{system: {source: id}, value: $id}]
    status: current
    content: [{attachment: {contentType: text/plain; charset=utf-8, data: {base64: $words}}}]
`

t.test('the bytes of a text are UTF-8, and the text comes back from them', async (t) => {
  const pack = compiled({ notes })
  for (const words of ['Größe 5 µm', 'line\r\nline\t\u0007', ...ODD_TEXTS.filter((text) => text !== '')]) {
    const made = accepted(mapRow(pack, 'notes', { id: '1', words }))
    const resource = JSON.parse(made[0]?.text ?? '')
    t.equal(resource.content[0].attachment.data, Buffer.from(words, 'utf8').toString('base64'))
    t.same(validateResource(resource), [], 'control characters included, it is valid')
    t.equal(resource.extension, undefined, 'no cell is kept beside it')
    t.same(comesBack(tableOf(pack, 'notes'), made), { id: '1', words })
  }
})

t.test('a text that UTF-8 does not hold is kept beside it', async (t) => {
  const pack = compiled({ notes })
  const words = 'half \ud83d pair'
  const made = accepted(mapRow(pack, 'notes', { id: '1', words }))
  t.same(comesBack(tableOf(pack, 'notes'), made), { id: '1', words })
})

t.test('an empty cell gives no data', async (t) => {
  const [note] = accepted(mapRow(compiled({ notes }), 'notes', { id: '1' }))
  t.notMatch(note?.text, /"data"/)
})

t.test('base64 stands in no other type of element', async (t) => {
  const { problems } = checkPack(tiny({ notes: notes.replace('status: current', 'status: current\n    description: {base64: $words}') }))
  t.match(
    problems.map((problem) => problem.message),
    [/is of type string: "base64" gives base64Binary/]
  )
})
