import t from 'tap'
import { cutResource, parseSubset, subsetOf } from '#wardbridge/fhir/subset.js'

const TAG = '{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"}'
const cut = (body: string, query: ReadonlyArray<readonly [string, string]>, included = false) =>
  cutResource(body, subsetOf(query)!, included)

t.test('nothing is asked for: no subset', async (t) => {
  t.equal(subsetOf([]), undefined)
  t.equal(subsetOf([['_summary', 'false']]), undefined)
  t.equal(parseSubset('count', []), undefined)
  t.throws(() => subsetOf([['_summary', 'count']]), { code: 'search.value' })
  t.throws(() => subsetOf([['_elements', '1a']]), { code: 'search.value' })
})

t.test('what stays, stays as it was written: numbers, escapes, order, primitive extensions', async (t) => {
  const body =
    '{"resourceType":"Observation","id":"a","meta":{"versionId":"1","tag":[{"code":"x"}]},"valueQuantity":{"value":1.50,"unit":"\\u00b5g"},"_status":{"id":"s"},"status":"final","code":{"text":"c"},"note":[{"text":"n"}]}'
  t.equal(
    cut(body, [['_elements', 'value']]),
    `{"resourceType":"Observation","id":"a","meta":{"versionId":"1","tag":[{"code":"x"},${TAG}]},"valueQuantity":{"value":1.50,"unit":"\\u00b5g"},"_status":{"id":"s"},"status":"final","code":{"text":"c"}}`
  )
})

t.test('the tag comes once, also where there was no tag and no meta', async (t) => {
  const once = cut('{"resourceType":"Patient","id":"a","meta":{},"gender":"male"}', [['_elements', 'gender']])
  t.equal(once, `{"resourceType":"Patient","id":"a","meta":{"tag":[${TAG}]},"gender":"male"}`)
  t.equal(cut(once, [['_elements', 'gender']]), once)
  t.equal(cut('{"resourceType":"Patient","gender":"male"}', [['_summary', 'text']]), `{"resourceType":"Patient","meta":{"tag":[${TAG}]}}`)
})

t.test('_summary=true goes into backbone elements and data types; what is left empty goes', async (t) => {
  const body =
    '{"resourceType":"Patient","id":"a","meta":{},"contact":[{"gender":"male"}],"link":[{"other":{"reference":"Patient/b","extension":[{"url":"u"}]},"type":"seealso"}],"name":[{"extension":[{"url":"u","valueCode":"x"}]},{"family":"F"}],"photo":[{"url":"http://x"}]}'
  t.equal(
    cut(body, [['_summary', 'true']]),
    `{"resourceType":"Patient","id":"a","meta":{"tag":[${TAG}]},"link":[{"other":{"reference":"Patient/b"},"type":"seealso"}],"name":[{"family":"F"}]}`
  )
  const encounter =
    '{"resourceType":"Encounter","id":"e","meta":{},"status":"finished","class":{"code":"AMB"},"statusHistory":[{"status":"planned","period":{}}],"participant":[{"period":{"start":"2100"},"individual":{"reference":"Practitioner/p"}}]}'
  t.equal(
    cut(encounter, [['_summary', 'true']]),
    `{"resourceType":"Encounter","id":"e","meta":{"tag":[${TAG}]},"status":"finished","class":{"code":"AMB"},"participant":[{"individual":{"reference":"Practitioner/p"}}]}`
  )
})

t.test('_elements: nested names, names of a type, included resources; modifier extensions stay', async (t) => {
  const body =
    '{"resourceType":"Patient","id":"a","meta":{},"modifierExtension":[{"url":"u","valueBoolean":true}],"name":[{"family":"F","given":["G"]}],"gender":"male"}'
  const head = `{"resourceType":"Patient","id":"a","meta":{"tag":[${TAG}]},"modifierExtension":[{"url":"u","valueBoolean":true}],`
  t.equal(cut(body, [['_elements', 'name.given']]), `${head}"name":[{"given":["G"]}]}`)
  t.equal(cut(body, [['_elements', 'Patient.gender,Observation.status']]), `${head}"gender":"male"}`)
  t.equal(cut(body, [['_elements', 'Observation.status']]), body, 'other types only')
  t.equal(cut(body, [['_elements', 'gender']], true), body, 'included')
  t.equal(cut(body, [['_elements', 'Patient.gender']], true), `${head}"gender":"male"}`)
  t.equal(
    cut(body, [
      ['_elements', 'gender'],
      ['_elements', 'name.family']
    ]),
    `${head}"name":[{"family":"F"}],"gender":"male"}`
  )
})
