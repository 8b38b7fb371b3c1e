/** Beds over the course of a stay, and patients that are archived. */
import t from 'tap'
import { build } from '../../helper.js'

const PHYSICAL = 'http://terminology.hl7.org/CodeSystem/location-physical-type'
const MODE = { restArchive: 'on' } as const

t.test('beds', async (t) => {
  const { ask } = await build(t, MODE)
  const rest = (method: string, url: string, body?: object) =>
    ask(method, `/rest${url}`, body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  const place = async (id: string, kind: string, partOf?: string, more: object = {}) => {
    const physicalType = { coding: [{ system: PHYSICAL, code: kind }] }
    const above = partOf === undefined ? {} : { partOf: { reference: `Location/${partOf}` } }
    const made = await ask('PUT', `/fhir/Location/${id}`, {
      body: { resourceType: 'Location', id, name: `The ${id}`, physicalType, ...above, ...more }
    })
    t.ok([200, 201].includes(made.status), made.text)
  }
  await place('icu', 'wa', undefined, { identifier: [{ system: 'urn:x', value: 'ICU-1' }] })
  await place('room', 'ro', 'icu')
  await place('icu-1', 'bd', 'room')
  await place('icu-2', 'bd', 'room', { operationalStatus: { system: 'http://terminology.hl7.org/CodeSystem/v2-0116', code: 'K' } })
  await place('icu-3', 'bd', 'icu', { status: 'suspended' })
  await place('ward', 'wa')
  await place('ward-1', 'bd', 'ward')
  const patient = async () => (await rest('POST', '/user', { gender: 'F' })).json.subject_id
  const admit = async (unit?: string) =>
    rest('POST', '/admissions', { subject_id: await patient(), admittime: '2024-01-01 10:00:00', ...(unit === undefined ? {} : { unit }) })
  const places = async (hadm: number) =>
    (await ask('GET', `/fhir/Encounter?identifier=urn:wardbridge:hospital:hadm_id|${hadm}`)).json.entry[0].resource.location

  t.test('a unit is named by id, identifier or name; rooms of it count; what cannot be used is not given', async (t) => {
    const first = await admit('ICU-1')
    t.match(first.json, { bed: 'icu-1', bed_name: 'The icu-1', unit: 'room' }, first.text)
    for (const unit of ['icu', 'The icu', 'ICU-1']) t.match((await admit(unit)).json, { code: 'rest.no-bed', status: 409 })
    t.match((await admit('nowhere')).json, { code: 'rest.unknown', expression: 'unit' })
    t.match((await admit()).json, { bed: null, unit: null })
    await place('icu-2', 'bd', 'room')
    t.match((await admit('icu')).json, { bed: 'icu-2' })
    t.strictSame(await places(first.json.hadm_id), [
      {
        location: { reference: 'Location/icu-1' },
        status: 'active',
        physicalType: { coding: [{ system: PHYSICAL, code: 'bd', display: 'Bed' }] },
        period: { start: '2024-01-01T10:00:00-05:00' }
      }
    ])

    t.test('the row as it was read changes nothing; a transfer takes the new bed and leaves the old one', async (t) => {
      const hadm = first.json.hadm_id
      const same = await rest('PUT', `/admissions/${hadm}`, first.json)
      t.match(same.json, first.json)
      t.equal(same.headers['etag'], first.headers['etag'])
      const moved = await rest('PUT', `/admissions/${hadm}`, { unit: 'ward', diagnosis: 'BETTER' })
      t.match(moved.json, { bed: 'ward-1', unit: 'ward', diagnosis: 'BETTER' }, moved.text)
      t.match(await places(hadm), [{ status: 'completed', period: { end: String } }, { status: 'active' }])
      t.match((await rest('PUT', `/admissions/${hadm}`, { bed: 'icu-2' })).json, { code: 'rest.no-bed' }, 'somebody lies there')
      t.match((await rest('PUT', `/admissions/${hadm}`, { bed: 'icu-1' })).json, { bed: 'icu-1' }, 'and back')
      t.match((await rest('PUT', `/admissions/${hadm}`, { unit: null })).json, { bed: null, unit: null })
      t.match((await admit('ward')).json, { bed: 'ward-1' })
      t.match((await rest('PUT', `/admissions/${hadm}`, { deathtime: '2024-02-01 08:00:00' })).json, { hospital_expire_flag: 1 })
      const dead = await rest('PUT', `/admissions/${hadm}`, { dischtime: '2023-12-31 08:00:00' })
      t.match(dead.json, { code: 'rest.column', expression: 'dischtime' }, 'nobody leaves before they came')
    })
  })

  t.test('a death gives the bed back, and stands on the patient', async (t) => {
    await place('single', 'wa')
    await place('single-1', 'bd', 'single')
    const admitted = (await admit('single')).json
    t.equal(admitted.bed, 'single-1')
    const died = await rest('PUT', `/admissions/${admitted.hadm_id}`, {
      deathtime: '2024-01-03 08:00:00',
      dischtime: '2024-01-03 08:00:00'
    })
    t.match(died.json, { bed: null, hospital_expire_flag: 1 })
    t.match(await places(admitted.hadm_id), [{ status: 'completed', period: { end: '2024-01-03T08:00:00-05:00' } }])
    const found = await ask('GET', `/fhir/Patient?identifier=urn:wardbridge:hospital:subject_id|${admitted.subject_id}`)
    t.equal(found.json.entry[0].resource.deceasedDateTime, '2024-01-03T08:00:00-05:00')
    t.match((await admit('single')).json, { bed: 'single-1' })

    t.test('where the hospital archives, deleting a patient with clinical data makes it inactive', async (t) => {
      t.equal((await rest('DELETE', `/user/${admitted.subject_id}`)).status, 204)
      t.match((await rest('GET', `/user/${admitted.subject_id}`)).json, { subject_id: admitted.subject_id })
      const after = await ask('GET', `/fhir/Patient?identifier=urn:wardbridge:hospital:subject_id|${admitted.subject_id}`)
      t.equal(after.json.entry[0].resource.active, false)
      const empty = await patient()
      t.equal((await rest('DELETE', `/user/${empty}`)).status, 204)
      t.equal((await rest('GET', `/user/${empty}`)).status, 410, 'one without is gone')
    })
  })
})
