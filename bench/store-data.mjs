/** Lab Observations for the store's benchmarks: the n-th is always the same. 1,000 results a patient, 100 patients a shard, 700 codes. */
import { createHash } from 'node:crypto'

export function uuid(space, n) {
  const hex = createHash('sha1').update(`${space} ${n}`).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

export const PER_PATIENT = 1000

export function labObservation(n) {
  const patient = Math.floor(n / PER_PATIENT)
  const code = 50800 + ((n * 7919) % 700)
  const id = uuid('lab', n)
  const time = new Date(Date.UTC(2100 + (patient % 80), 0, 1) + (n % PER_PATIENT) * 3_600_000).toISOString().slice(0, 19) + '-05:00'
  const value = ((n * 31) % 2000) / 10
  const text = `{"resourceType":"Observation","id":"${id}","meta":{"profile":["https://fhir.wardbridge.dev/StructureDefinition/wardbridge-lab"]},"identifier":[{"system":"urn:example:mimic:labevents","value":"${n}"}],"status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory"}]}],"code":{"coding":[{"system":"urn:example:mimic:d-labitems","code":"${code}","display":"Lab item ${code}"}]},"subject":{"reference":"Patient/${uuid('patient', patient)}"},"encounter":{"reference":"Encounter/${uuid('encounter', Math.floor(n / 200))}"},"effectiveDateTime":"${time}","valueQuantity":{"value":${value},"unit":"mEq/L","system":"http://unitsofmeasure.org","code":"meq/L"}}`
  return { id, text }
}

/** Loads the first `resources` of them into an open store (a Repository of store/sqlite). */
export async function fill(store, resources) {
  const session = await store.bulk({ refuseRepeats: true })
  const { openStage } = await import(session.stage.module)
  for (let from = 0; from < resources; from += 30_000) {
    const stage = openStage(session.stage.options)
    for (let n = from; n < Math.min(resources, from + 30_000); n++) {
      const { id, text } = labObservation(n)
      stage.add('Observation', id, text, JSON.parse(text), n)
    }
    await session.merge(stage.finish())
  }
  await session.finish()
}
