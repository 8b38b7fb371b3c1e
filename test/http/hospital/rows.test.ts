/** Rows through /rest and the resources under /fhir are the same data, either way. */
import t from 'tap'
import { signToken } from '#wardbridge/identity/tokens.js'
import { type Ask, build } from '../../helper.js'

const JSON_BODY = { 'content-type': 'application/json' }

t.test('the hospital over HTTP', async (t) => {
  const { ask, key, log } = await build(t)
  const p1 = signToken(key, { subject: 'p1', role: 'physician', fhirUser: 'Practitioner/P1' }, 3600)
  const rest = (method: string, url: string, body?: object, headers: Record<string, string> = {}) =>
    ask(
      method,
      `/rest${url}`,
      body === undefined ? { headers } : ({ headers: { ...JSON_BODY, ...headers }, body: JSON.stringify(body) } as Ask)
    )

  t.test('a patient is registered with a number of its own, read, changed and seen as a Patient', async (t) => {
    const made = await rest('POST', '/user', { gender: 'F', dob: '1970-02-03', identity_doc: 'ID-1' })
    t.equal(made.status, 201, made.text)
    t.match(made.json, { gender: 'F', dob: '1970-02-03 00:00:00', dod: null, expire_flag: 0, identity_doc: 'ID-1' })
    const id = made.json.subject_id
    t.type(id, 'number')
    t.equal(made.headers['location'], `http://localhost:80/rest/user/${id}`)
    const found = await ask('GET', `/fhir/Patient?identifier=urn:wardbridge:hospital:subject_id|${id}`)
    t.equal(found.json.total, 1, found.text)
    const patient = found.json.entry[0].resource
    t.match(patient, { gender: 'female', birthDate: '1970-02-03' })
    const changed = await ask('PUT', `/fhir/Patient/${patient.id}`, {
      body: {
        ...patient,
        gender: 'male',
        telecom: [{ system: 'phone', value: '1' }],
        extension: [{ url: 'http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex', valueCode: 'M' }]
      }
    })
    t.equal(changed.status, 200, changed.text)
    const read = await rest('GET', `/user/${id}`)
    t.match(read.json, { subject_id: id, gender: 'M', dob: '1970-02-03 00:00:00' })
    t.equal(read.headers['etag'], 'W/"2"')
    const put = await rest('PUT', `/user/${id}`, { dod: '2020-01-01' })
    t.match(put.json, { gender: 'M', dod: '2020-01-01 00:00:00', expire_flag: 1 }, put.text)
    const after = (await ask('GET', `/fhir/Patient/${patient.id}`)).json
    t.match(after, { telecom: [{ value: '1' }], deceasedDateTime: '2020-01-01', gender: 'male' })
    t.equal((await rest('PUT', `/user/${id}`, { gender: 'F' }, { 'if-match': 'W/"1"' })).status, 412)
    t.equal((await rest('DELETE', `/user/${id}`)).status, 204)
    t.equal((await rest('GET', `/user/${id}`)).status, 410)
    t.equal((await rest('GET', '/user/999999')).status, 404)
  })

  t.test('everything that is wrong with a row is told at once, and nothing of it is logged', async (t) => {
    const refused = await rest('POST', '/admissions', {
      hadm_id: 'x',
      admittime: '2020-02-30 10:00:00',
      insurance: true,
      colour: 'blue',
      dischtime: null
    })
    t.equal(refused.status, 422)
    t.equal(refused.headers['content-type'], 'application/problem+json; charset=utf-8')
    t.match(refused.json, {
      status: 422,
      code: 'rest.column',
      title: 'Unprocessable Entity',
      type: 'https://fhir.wardbridge.dev/errors/rest.column'
    })
    t.strictSame(
      refused.json.errors.map((one: { expression: string }) => one.expression),
      ['hadm_id', 'admittime', 'insurance', 'colour']
    )
    t.match((await rest('POST', '/admissions', {})).json.errors, [{ expression: 'subject_id' }, { expression: 'admittime' }])
    t.match((await rest('POST', '/admissions', { subject_id: 4711, admittime: '2020-01-01 10:00:00' })).json, {
      code: 'rest.unknown',
      status: 422
    })
    for (const [body, status, code] of [
      ['[]', 400, 'rest.body'],
      ['', 400, 'rest.body'],
      ['{"gender":', 400, 'json.syntax'],
      ['{"gender":"F","gender":"M"}', 400, 'json.syntax']
    ] as const) {
      const answer = await ask('POST', '/rest/user', { headers: JSON_BODY, body })
      t.match([answer.status, answer.json.code], [status, code])
    }
    const unfit = await rest('POST', '/user', { gender: 'F', identity_doc: 'a\u0001b' })
    t.match(unfit.json, { status: 422, code: 'resource.invalid', expression: /^Patient\.identifier/ }, unfit.text)
    t.notMatch(unfit.text, 'Bundle')
    t.equal((await ask('POST', '/rest/user', { headers: { 'content-type': 'text/csv' }, body: 'x' })).status, 415)
    t.equal((await rest('PATCH', '/user/1')).status, 405)
    t.notMatch(log.join(''), /4711|colour|2020-02-30|ID-1/)
  })

  t.test('story: admit, ask, answer once', async (t) => {
    const user = (await rest('POST', '/user', { gender: 'M', dob: '1950-01-01' })).json
    for (const [id, name] of [
      ['P1', 'Ada Ardent'],
      ['P2', 'Bo Brand']
    ]) {
      const doctor = {
        resourceType: 'Practitioner',
        id,
        active: true,
        identifier: [{ system: 'urn:wardbridge:hospital:physician_id', value: id }],
        name: [{ text: name }]
      }
      t.equal((await ask('PUT', `/fhir/Practitioner/${id}`, { body: doctor })).status, 201)
    }
    for (const [id, more] of [
      ['unit-a', { name: 'Unit A' }],
      [
        'bed-1',
        {
          name: 'A-1',
          partOf: { reference: 'Location/unit-a' },
          physicalType: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/location-physical-type', code: 'bd' }] }
        }
      ]
    ] as const)
      t.equal((await ask('PUT', `/fhir/Location/${id}`, { body: { resourceType: 'Location', id, ...more } })).status, 201)
    const admitted = await rest('POST', '/admissions', {
      subject_id: user.subject_id,
      admittime: '2020-05-01 10:00:00',
      insurance: 'Medicare',
      marital_status: 'MARRIED',
      diagnosis: 'SEPSIS',
      physician_id: 'P1',
      unit: 'Unit A'
    })
    t.equal(admitted.status, 201, admitted.text)
    t.match(admitted.json, { unit: 'unit-a', bed: 'bed-1', bed_name: 'A-1', physician_id: 'P1', insurance: 'Medicare', dischtime: null })
    const overlapping = await rest('POST', '/admissions', { subject_id: user.subject_id, admittime: '2020-06-01 10:00:00' })
    t.equal(overlapping.status, 409, overlapping.text)
    const other = (await rest('POST', '/user', { gender: 'M' })).json
    const full = await rest('POST', '/admissions', { subject_id: other.subject_id, admittime: '2020-05-01 10:00:00', unit: 'unit-a' })
    t.equal(full.status, 409, full.text)
    t.match(full.text, /rest\.no-bed/)
    const asked = await rest('POST', `/patients/${user.subject_id}/question`, { question: 'May I drive?' })
    t.equal(asked.status, 201, asked.text)
    t.match(asked.json, { hadm_id: admitted.json.hadm_id, diagnosis: 'SEPSIS', answer: null, opened_at: null })
    const inbox = await rest('GET', '/physicians/P1/inbox')
    t.match(inbox.json, [{ id: asked.json.id, unread: true }], inbox.text)
    const asP1 = { authorization: `Bearer ${p1}` }
    const opened = await rest('POST', `/patients/${user.subject_id}/question/${asked.json.id}/opened`, undefined, asP1)
    t.type(opened.json.opened_at, 'string', opened.text)
    const answered = await rest('POST', `/patients/${user.subject_id}/question/${asked.json.id}/reply`, {
      answer: 'Yes.',
      answered_by: 'P1'
    })
    t.equal(answered.status, 201, answered.text)
    t.match(answered.json, { answer: 'Yes.', answered_by: 'P1' })
    const second = await rest('POST', `/patients/${user.subject_id}/question/${asked.json.id}/reply`, { answer: 'No.', answered_by: 'P1' })
    t.equal(second.status, 409, second.text)
    const corrected = await rest(
      'PUT',
      `/patients/${user.subject_id}/question/${asked.json.id}/reply`,
      {
        answer: 'No.',
        reason: 'Wrong patient'
      },
      asP1
    )
    t.match(corrected.json, { answer: 'No.' }, corrected.text)
    t.match((await rest('GET', '/physicians/P1/inbox')).json, [])
    t.match((await rest('GET', '/physicians/P1/patients')).json, [{ subject_id: user.subject_id, hadm_id: admitted.json.hadm_id }])
    t.match((await rest('GET', '/physicians')).json, [{ physician_id: 'P1', name: 'Ada Ardent' }, { physician_id: 'P2' }])
    const entry = await rest('POST', '/progress', {
      subject_id: user.subject_id,
      code: 'Heart rate',
      value: '72.0',
      unit: 'bpm',
      description: 'At rest'
    })
    t.equal(entry.status, 201, entry.text)
    t.match((await rest('GET', `/progress?subject_id=${user.subject_id}`)).json, [{ value: '72.0', unit: 'bpm', description: 'At rest' }])
    const left = await rest('PUT', `/admissions/${admitted.json.hadm_id}`, { dischtime: '2020-05-09 10:00:00' })
    t.match(left.json, { dischtime: '2020-05-09 10:00:00', bed: null }, left.text)
    t.equal(
      (await rest('POST', '/admissions', { subject_id: other.subject_id, admittime: '2020-05-01 10:00:00', unit: 'unit-a' })).status,
      201
    )
    t.equal((await rest('DELETE', `/user/${user.subject_id}`)).status, 409)
  })

  t.test('an idempotency key gives the same answer again', async (t) => {
    const key = { 'idempotency-key': 'k1' }
    const one = await rest('POST', '/user', { gender: 'F' }, key)
    const two = await rest('POST', '/user', { gender: 'F' }, key)
    t.equal(one.status, 201, one.text)
    t.equal(two.text, one.text)
    t.equal(two.headers['idempotency-replayed'], 'true')
    t.equal((await rest('POST', '/user', { gender: 'M' }, key)).status, 422)
  })
})
