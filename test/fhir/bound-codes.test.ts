import t from 'tap'
import { type IndexSink, indexResource } from '#wardbridge/fhir/search-index.js'

const nothing = (): void => {}
const quiet: IndexSink = {
  token: nothing,
  string: nothing,
  reference: nothing,
  date: nothing,
  number: nothing,
  quantity: nothing,
  uri: nothing,
  patient: nothing
}

function tokens(resource: { resourceType: string }): string[] {
  const found = new Set<string>()
  indexResource(resource, { ...quiet, token: (_, system, code) => found.add(`${system}|${code}`) })
  return [...found].sort()
}

t.test(
  'a code is found under the system of its required value set, as gender=http://hl7.org/fhir/administrative-gender|male asks',
  async (t) => {
    t.strictSame(tokens({ resourceType: 'Patient', gender: 'male' } as { resourceType: string }), [
      'http://hl7.org/fhir/administrative-gender|male',
      // Patient.deceased exists and is not false.
      '|false'
    ])
  }
)

t.test('a code outside its value set is still found, without a system', async (t) => {
  t.ok(tokens({ resourceType: 'Patient', gender: 'xyz' } as { resourceType: string }).includes('|xyz'))
})
