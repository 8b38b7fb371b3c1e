/** Waiting times for people and for Prometheus. */
import t from 'tap'
import { signToken } from '#wardbridge/identity/tokens.js'
import { percentile } from '#wardbridge/threads/waiting.js'
import { build } from '../helper.js'

const category = (code: string) => [{ coding: [{ system: 'https://fhir.wardbridge.dev/CodeSystem/communication-category', code }] }]

t.test('percentiles are interpolated between the values next to the rank', (t) => {
  t.equal(percentile([], 0.5), null)
  t.equal(percentile([7], 0.9), 7)
  t.equal(percentile([1, 2, 3, 10], 0.5), 2.5)
  t.equal(percentile([0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100], 0.9), 90)
  t.end()
})

t.test('waiting times', async (t) => {
  const { ask, key } = await build(t)
  const token = (role: string, fhirUser?: string) =>
    signToken(key, { subject: 'x', role, ...(fhirUser === undefined ? {} : { fhirUser }) }, 3600)
  for (const id of ['house', 'cox']) {
    await ask('PUT', `/fhir/Practitioner/${id}`, { body: { resourceType: 'Practitioner', id } })
    const body = { resourceType: 'Patient', id: `of-${id}`, generalPractitioner: [{ reference: `Practitioner/${id}` }] }
    await ask('PUT', `/fhir/Patient/of-${id}`, { body })
  }
  let n = 0
  const thread = async (physician: string, minutes: number | undefined) => {
    const sent = new Date(Date.UTC(2024, 0, 1, 10, n++)).toISOString()
    const asked = await ask('POST', '/fhir/Communication', {
      body: {
        resourceType: 'Communication',
        status: 'completed',
        category: category('question'),
        subject: { reference: `Patient/of-${physician}` },
        reasonCode: [{ text: 'Broken hip' }],
        payload: [{ contentString: '?' }],
        sent
      }
    })
    t.equal(asked.status, 201, asked.text)
    if (minutes === undefined) return
    const given = await ask('POST', '/fhir/Communication', {
      body: {
        resourceType: 'Communication',
        status: 'completed',
        category: category('answer'),
        inResponseTo: [{ reference: `Communication/${asked.json.id}` }],
        sender: { reference: `Practitioner/${physician}` },
        payload: [{ contentString: '!' }],
        sent: new Date(Date.parse(sent) + minutes * 60_000).toISOString()
      }
    })
    t.equal(given.status, 201, given.text)
  }
  for (const minutes of [1, 2, 3, 10, undefined]) await thread('house', minutes)
  await thread('cox', 60)

  await t.test('are told by physician and diagnosis to administrators and analysts', async (t) => {
    for (const role of ['administrator', 'analyst']) {
      const { status, json } = await ask('GET', '/stats/waiting-times', { token: token(role) })
      t.equal(status, 200)
      t.match(json, {
        overall: { answered: 5, waiting: 1, median_seconds: 180, p90_seconds: 2400, longest_waiting_seconds: Number },
        physicians: [
          { physician: 'Practitioner/cox', answered: 1, waiting: 0, median_seconds: 3600, longest_waiting_seconds: null },
          { physician: 'Practitioner/house', answered: 4, waiting: 1, median_seconds: 150, p90_seconds: 474 }
        ],
        diagnoses: [{ diagnosis: 'Broken hip', answered: 5 }]
      })
    }
    await thread('cox', 20)
    t.equal((await ask('GET', '/stats/waiting-times')).json.overall.answered, 6, 'what was just written counts')
  })

  await t.test('are told to a physician of their own, and to nobody else', async (t) => {
    const { json } = await ask('GET', '/stats/waiting-times', { token: token('physician', 'Practitioner/house') })
    t.strictSame(
      json.physicians.map(({ physician }: { physician: string }) => physician),
      ['Practitioner/house']
    )
    t.equal(json.overall.answered, 4)
    for (const [role, user] of [['patient', 'Patient/of-cox'], ['front-desk'], ['auditor'], ['physician']] as const)
      t.equal((await ask('GET', '/stats/waiting-times', { token: token(role, user) })).status, 403, role)
    t.equal((await ask('GET', '/stats/waiting-times', { token: false })).status, 401)
  })

  await t.test('are metrics', async (t) => {
    const { status, text } = await ask('GET', '/metrics')
    t.equal(status, 200)
    t.match(text, /wardbridge_question_wait_median_seconds\{physician="Practitioner\/house"\} 150/)
    t.notMatch(text, /Patient\//)
  })
})
