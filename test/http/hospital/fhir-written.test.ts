/** What clients write under /fhir, in their own way and under ids of their own, is there under /rest. */
import t from 'tap'
import { build } from '../../helper.js'

const SOURCE = 'urn:wardbridge:hospital'

t.test('resources that no row made', async (t) => {
  const { ask } = await build(t)
  const rest = (method: string, url: string, body?: object) =>
    ask(method, `/rest${url}`, body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  const post = async (resource: { readonly resourceType: string }) => {
    const made = await ask('POST', `/fhir/${resource.resourceType}`, { body: resource })
    t.equal(made.status, 201, made.text)
    return made.json
  }
  const doctor = await post({ resourceType: 'Practitioner', name: [{ text: 'Cy Crane' }] } as never)
  const numbered = await post({
    resourceType: 'Patient',
    gender: 'male',
    identifier: [{ system: `${SOURCE}:subject_id`, value: '777' }]
  } as never)

  t.test('a Patient is found by its number, rows that name it lead to it', async (t) => {
    t.match((await rest('GET', '/user/777')).json, { subject_id: 777, gender: 'M' })
    t.equal((await rest('POST', '/user', { subject_id: 777 })).status, 409)
    const entry = await rest('POST', '/progress', { subject_id: 777, description: 'Seen' })
    t.equal(entry.status, 201, entry.text)
    const [observation] = (await ask('GET', `/fhir/Observation?subject=Patient/${numbered.id}`)).json.entry
    t.match(observation.resource, { subject: { reference: `Patient/${numbered.id}` }, note: [{ text: 'Seen' }] })
    const changed = await rest('PUT', '/user/777', { gender: 'F', dob: '1960-06-06' })
    t.match(changed.json, { subject_id: 777, gender: 'F', dob: '1960-06-06 00:00:00' })
    t.match((await ask('GET', `/fhir/Patient/${numbered.id}`)).json, { gender: 'female', birthDate: '1960-06-06' })
  })

  t.test('a Patient without a number is found by its id, and gets one with its first change', async (t) => {
    const made = await post({ resourceType: 'Patient', birthDate: '1999-09-09', telecom: [{ value: '12' }] } as never)
    t.match((await rest('GET', `/user/${made.id}`)).json, { subject_id: null, dob: '1999-09-09 00:00:00' })
    const changed = await rest('PUT', `/user/${made.id}`, { gender: 'F' })
    t.equal(changed.status, 200, changed.text)
    t.type(changed.json.subject_id, 'number')
    t.match((await rest('GET', `/user/${changed.json.subject_id}`)).json, { gender: 'F', dob: '1999-09-09 00:00:00' })
    t.match((await ask('GET', `/fhir/Patient/${made.id}`)).json, { telecom: [{ value: '12' }] })
  })

  t.test('an Observation is a progress entry; its plain references are the columns', async (t) => {
    const observation = await post({
      resourceType: 'Observation',
      status: 'final',
      code: { coding: [{ system: 'http://loinc.org', code: '718-7', display: 'Hemoglobin' }] },
      subject: { reference: `Patient/${numbered.id}` },
      effectiveDateTime: '2024-05-05T10:00:00Z',
      valueQuantity: { value: 13.5, unit: 'g/dL' }
    } as never)
    await post({
      resourceType: 'Observation',
      status: 'final',
      identifier: [{ system: `${SOURCE}:labevent`, value: '1' }],
      code: { text: 'a row of another table' },
      subject: { reference: `Patient/${numbered.id}` }
    } as never)
    const list = await rest('GET', '/progress?subject_id=777')
    const row = {
      subject_id: 777,
      progress_id: observation.id,
      code: 'Hemoglobin',
      value: '13.5',
      unit: 'g/dL',
      timestamp: '2024-05-05 05:00:00'
    }
    t.match(list.json, [{ description: 'Seen' }, row], list.text)
    t.equal(list.json.length, 2)
    const changed = await rest('PUT', `/progress/${observation.id}`, { description: 'After a meal' })
    t.match(changed.json, { ...row, description: 'After a meal' }, changed.text)
    const after = (await ask('GET', `/fhir/Observation/${observation.id}`)).json
    t.match(after, { code: { coding: [{ code: '718-7' }] }, note: [{ text: 'After a meal' }], valueQuantity: { value: 13.5 } })
  })

  t.test('an Encounter is an admission, its attending physician the one responsible; a thread is a question', async (t) => {
    const encounter = await post({
      resourceType: 'Encounter',
      status: 'in-progress',
      class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'IMP' },
      subject: { reference: `Patient/${numbered.id}` },
      participant: [
        {
          type: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType', code: 'ATND' }] }],
          individual: { reference: `Practitioner/${doctor.id}` }
        }
      ],
      period: { start: '2024-05-01T10:00:00-05:00' }
    } as never)
    const read = await rest('GET', `/admissions/${encounter.id}`)
    t.match(read.json, { subject_id: 777, hadm_id: null, physician_id: doctor.id, admittime: '2024-05-01 10:00:00' })
    t.equal((await rest('POST', '/admissions', { subject_id: 777, admittime: '2024-06-01 10:00:00' })).status, 409, 'they overlap')
    const changed = await rest('PUT', `/admissions/${encounter.id}`, { diagnosis: 'SEPSIS' })
    t.equal(changed.status, 200, changed.text)
    t.match((await rest('GET', `/admissions/${changed.json.hadm_id}`)).json, { diagnosis: 'SEPSIS', physician_id: doctor.id })
    t.match((await rest('GET', '/physicians')).json, [{ physician_id: doctor.id, name: 'Cy Crane' }])

    const asked = await rest('POST', '/patients/777/question', { question: 'When?' })
    t.equal(asked.status, 201, asked.text)
    t.match((await rest('GET', `/physicians/${doctor.id}/inbox`)).json, [{ id: asked.json.id, question: 'When?', diagnosis: 'SEPSIS' }])
    const [task] = (await ask('GET', `/fhir/Task?owner=Practitioner/${doctor.id}`)).json.entry
    t.equal(task.resource.for.reference, `Patient/${numbered.id}`)
  })

  t.test('a thread of Communications is answered under /rest', async (t) => {
    const category = (code: string) => [{ coding: [{ system: 'https://fhir.wardbridge.dev/CodeSystem/communication-category', code }] }]
    const about = { subject: { reference: `Patient/${numbered.id}` }, sent: '2024-05-02T10:00:00Z' }
    const patient = (await ask('GET', `/fhir/Patient/${numbered.id}`)).json
    const generalPractitioner = [{ reference: `Practitioner/${doctor.id}` }]
    await ask('PUT', `/fhir/Patient/${numbered.id}`, { body: { ...patient, generalPractitioner } })
    const thread = await post({ resourceType: 'Communication', status: 'in-progress', category: category('thread'), ...about } as never)
    const question = await post({
      resourceType: 'Communication',
      status: 'completed',
      category: category('question'),
      partOf: [{ reference: `Communication/${thread.id}` }],
      payload: [{ contentString: 'Why?' }],
      ...about
    } as never)
    const [{ resource: task }] = (await ask('GET', `/fhir/Task?focus=Communication/${question.id}`)).json.entry
    t.strictSame(task.owner, { reference: `Practitioner/${doctor.id}` })
    t.match((await rest('GET', `/patients/777/question/${thread.id}`)).json, {
      id: thread.id,
      subject_id: 777,
      question: 'Why?',
      answer: null
    })
    const answered = await rest('POST', `/patients/777/question/${thread.id}/reply`, { answer: 'Because', answered_by: doctor.id })
    t.equal(answered.status, 201, answered.text)
    t.match(answered.json, { answer: 'Because', answered_by: doctor.id })
    const [answer] = (await ask('GET', `/fhir/Communication?part-of=Communication/${thread.id}&category=answer`)).json.entry
    t.match(answer.resource, {
      inResponseTo: [{ reference: `Communication/${question.id}` }],
      sender: { reference: `Practitioner/${doctor.id}` }
    })
    t.match((await ask('GET', `/fhir/Task/${task.id}`)).json, {
      status: 'completed',
      output: [{ valueReference: { reference: `Communication/${answer.resource.id}` } }]
    })
    t.equal((await rest('POST', `/patients/777/question/${thread.id}/reply`, { answer: 'No', answered_by: doctor.id })).status, 409)
  })
})
