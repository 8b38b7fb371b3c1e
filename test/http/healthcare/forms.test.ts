import t from 'tap'
import { instantIn, instantOf, opaqueId, resourceText, sortedText, toMillis } from '#wardbridge/http/healthcare/fhir/forms.js'

t.test('a versionId is the instant of the version, as in the published sample', async (t) => {
  const version = { versionId: '240', lastUpdated: Date.parse('2022-09-05T13:15:57.277Z') }
  t.equal(opaqueId(version), 'MTY2MjM4Mzc1NzI3NzI0MDAwMA')
  t.equal(instantOf('MTY2MjM4Mzc1NzI3NzI0MDAwMA'), '2022-09-05T13:15:57.277240+00:00')
  t.strictSame(instantIn('MTY2MjM4Mzc1NzI3NzI0MDAwMA'), { lastUpdated: version.lastUpdated, micros: '240' })
  for (const other of ['MTY', '', '1', 'nonsense']) t.equal(instantIn(other), undefined, other)
})

t.test('versions of one millisecond have versionIds of their own, up to a thousand', async (t) => {
  const ids = Array.from({ length: 1000 }, (_, n) => opaqueId({ versionId: String(n + 1), lastUpdated: 1_700_000_000_000 }))
  t.equal(new Set(ids).size, 1000)
  t.ok(ids.every((id) => /^[A-Za-z0-9]+$/.test(id)))
})

t.test('a resource keeps its numbers and strings; members come in the order of the alphabet at every level', async (t) => {
  const body =
    '{"resourceType":"Observation","id":"o","meta":{"versionId":"7","lastUpdated":"2026-01-02T03:04:05.006Z","tag":[{"system":"s","code":"c"}]},' +
    '"valueQuantity":{"value":1.00,"unit":"\\u00b5g"},"_status":{"id":"x"},"status":"final"}'
  t.equal(
    resourceText(body, { versionId: '7', lastUpdated: Date.parse('2026-01-02T03:04:05.006Z') }),
    '{"_status":{"id":"x"},"id":"o","meta":{"lastUpdated":"2026-01-02T03:04:05.006007+00:00","tag":[{"code":"c","system":"s"}],"versionId":' +
      `"${opaqueId({ versionId: '7', lastUpdated: Date.parse('2026-01-02T03:04:05.006Z') })}"},"resourceType":"Observation","status":"final",` +
      '"valueQuantity":{"unit":"\\u00b5g","value":1.00}}'
  )
  t.equal(resourceText('', { versionId: '7', lastUpdated: 0 }), '', 'a deletion')
  t.equal(sortedText('{"b":[{"d":1,"c":2}],"a":null}'), '{"a":null,"b":[{"c":2,"d":1}]}')
})

t.test('what has the forms already stays as it is', async (t) => {
  const version = { versionId: 'MTY2MjM4Mzc1NzI3NzI0MDAwMA', lastUpdated: 0 }
  t.equal(opaqueId(version), version.versionId)
  t.equal(resourceText('{"b":1,"a":2}', version), '{"b":1,"a":2}')
})

t.test('instants are cut to the milliseconds of the store', async (t) => {
  t.equal(toMillis('ge2022-09-05T13:15:57.277240+00:00'), 'ge2022-09-05T13:15:57.277+00:00')
  t.equal(toMillis('2022-09-05'), '2022-09-05')
})
