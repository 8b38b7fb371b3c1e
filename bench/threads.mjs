/**
 * Patients ask and their physicians answer, under /rest, each with their own token: 1,000 patients and 50 physicians with pauses as people make them.
 * SECONDS (600) in the environment is how long.
 */
import { spawn } from 'node:child_process'
import { Agent, request } from 'node:http'
import { fileURLToPath } from 'node:url'
import { signToken } from '../dist/identity/tokens.js'
import { openState } from '../dist/state/state.js'

export const title = 'Patients ask, physicians answer'

const PORT = 18082
const PATIENTS = 1000
const PHYSICIANS = 50
/** Milliseconds that a patient waits before the next question, and a physician before the next look at the inbox, at most. */
const PATIENT_PAUSE = 40_000
const PHYSICIAN_PAUSE = 2000
const MIB = 2 ** 20
const HOUR = 3600

export async function bench({ folder }) {
  const seconds = Number(process.env.SECONDS ?? 600)
  const [store, state] = [`${folder}/threads.db`, `${folder}/threads-state`]
  const preload = fileURLToPath(new URL('event-loop.mjs', import.meta.url))
  const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url))
  const server = spawn(process.execPath, ['--import', preload, cli, 'serve', '--store', store, '--state', state, '--port', String(PORT)], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: { ...process.env, WARDBRIDGE_LOG_LEVEL: 'silent' }
  })
  try {
    await ready()
    const people = await admit(await tokens(state))
    const run = new Run(seconds)
    const before = await ask(server, 'memory')
    await ask(server, 'delay')
    const memory = [before]
    const minute = setInterval(async () => memory.push(await ask(server, 'memory')), (seconds * 1000) / 10)
    await Promise.all([...people.patients.map((one) => run.patient(one)), ...people.physicians.map((one) => run.physician(one))])
    clearInterval(minute)
    const { max } = await ask(server, 'delay')
    memory.push(await ask(server, 'memory'))
    return [
      ['seconds, patients, physicians', `${seconds}, ${PATIENTS}, ${PHYSICIANS}`],
      ['questions asked, answered', `${run.count('ask')}, ${run.count('answer')}`],
      ['requests/s', (run.all().length / seconds).toFixed(0)],
      ['errors', String(run.errors.length)],
      ...['ask', 'read', 'inbox', 'open', 'answer'].map((what) => [`${what}: median and 99th percentile, ms`, run.times(what)]),
      ['all: 99th percentile, ms', percentile(run.all(), 0.99)],
      ['longest event-loop delay of the server, ms', max.toFixed(0)],
      [
        'resident memory at the beginning, half way, at the end, MiB',
        [memory[0], memory[memory.length >> 1], memory.at(-1)].map((one) => (one / MIB).toFixed(0)).join(', ')
      ]
    ]
  } finally {
    server.kill()
  }
}

class Run {
  errors = []
  #times = { ask: [], read: [], inbox: [], open: [], answer: [] }
  #until

  constructor(seconds) {
    this.#until = performance.now() + seconds * 1000
  }

  async patient({ token, number }) {
    for (await pause(PATIENT_PAUSE); this.#goesOn; await pause(PATIENT_PAUSE)) {
      const asked = await this.#timed(
        'ask',
        token,
        'POST',
        `/rest/patients/${number}/question`,
        { question: 'May I get up?', diagnosis: 'PNEUMONIA' },
        201
      )
      if (asked === undefined) continue
      await pause(PATIENT_PAUSE / 4)
      await this.#timed('read', token, 'GET', `/rest/patients/${number}/question`)
    }
  }

  async physician({ token, id }) {
    for (await pause(PHYSICIAN_PAUSE); this.#goesOn; await pause(PHYSICIAN_PAUSE)) {
      const inbox = (await this.#timed('inbox', token, 'GET', `/rest/physicians/${id}/inbox`)) ?? []
      for (const { subject_id, id: question } of inbox.slice(0, 5)) {
        if (!this.#goesOn) return
        const address = `/rest/patients/${subject_id}/question/${question}`
        await this.#timed('open', token, 'POST', `${address}/opened`)
        await this.#timed('answer', token, 'POST', `${address}/reply`, { answer: 'Not before tomorrow.' }, 201)
      }
    }
  }

  count(what) {
    return this.#times[what].length
  }

  all() {
    return Object.values(this.#times).flat()
  }

  times(what) {
    return `${percentile(this.#times[what], 0.5)}, ${percentile(this.#times[what], 0.99)}`
  }

  get #goesOn() {
    return performance.now() < this.#until
  }

  async #timed(what, token, method, path, body, expected = 200) {
    const began = performance.now()
    const { status, text } = await send(token, method, path, body).catch((error) => ({ status: 0, text: String(error) }))
    if (status === expected) {
      this.#times[what].push(performance.now() - began)
      return JSON.parse(text)
    }
    this.errors.push(`${method} ${path}: ${status} ${text}`)
    if (this.errors.length <= 5) process.stderr.write(`${this.errors.at(-1)}\n`)
    return undefined
  }
}

/** Makes the physicians, and patients with an admission each. */
async function admit(token) {
  const administrator = token('administrator')
  const physicians = Array.from({ length: PHYSICIANS }, (_, n) => ({ id: `p${n}`, token: token('physician', `Practitioner/p${n}`) }))
  for (const { id } of physicians) {
    const identifier = [{ system: 'urn:wardbridge:hospital:physician_id', value: id }]
    await made(administrator, 'PUT', `/fhir/Practitioner/${id}`, { resourceType: 'Practitioner', id, identifier, name: [{ text: id }] })
  }
  const patients = []
  for (let n = 0; n < PATIENTS; n++) {
    const { subject_id: number } = await made(administrator, 'POST', '/rest/user', { gender: n % 2 ? 'F' : 'M', dob: '1980-05-05' })
    const admission = { subject_id: number, admittime: '2024-01-01 10:00:00', physician_id: `p${n % PHYSICIANS}` }
    await made(administrator, 'POST', '/rest/admissions', admission)
    const found = await made(administrator, 'GET', `/fhir/Patient?identifier=urn:wardbridge:hospital:subject_id|${number}`)
    patients.push({ number, token: token('patient', `Patient/${found.entry[0].resource.id}`) })
  }
  return { patients, physicians }
}

async function tokens(folder) {
  const state = await openState(folder)
  const key = await state.getSigningKey({ until: Date.now() + HOUR * 1000 })
  await state.close()
  return (role, fhirUser) =>
    signToken(key, { subject: `${role} ${fhirUser ?? ''}`, role, ...(fhirUser === undefined ? {} : { fhirUser }) }, HOUR)
}

const agent = new Agent({ keepAlive: true, maxSockets: 64 })

function send(token, method, path, body) {
  const json = body === undefined ? undefined : JSON.stringify(body)
  return new Promise((resolve, reject) => {
    const type = path.startsWith('/fhir') ? 'application/fhir+json' : 'application/json'
    const headers = {
      authorization: `Bearer ${token}`,
      ...(json === undefined ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(json) })
    }
    const sent = request({ port: PORT, host: '127.0.0.1', method, path: encodeURI(path), headers, agent }, (answer) => {
      const chunks = []
      answer.on('data', (chunk) => chunks.push(chunk))
      answer.on('end', () => resolve({ status: answer.statusCode, text: Buffer.concat(chunks).toString() }))
      answer.on('error', reject)
    })
    sent.on('error', reject)
    sent.end(json)
  })
}

async function made(token, method, path, body) {
  const { status, text } = await send(token, method, path, body)
  if (status >= 300) throw new Error(`${method} ${path}: ${status} ${text}`)
  return JSON.parse(text)
}

async function ready() {
  for (let attempt = 0; attempt < 6000; attempt++) {
    const answer = await send('', 'GET', '/readyz').catch(() => undefined)
    if (answer?.status === 200) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error('The server did not answer')
}

function ask(server, question) {
  return new Promise((resolve) => {
    server.once('message', resolve)
    server.send(question)
  })
}

/** Up to so many milliseconds. */
function pause(most) {
  return new Promise((resolve) => setTimeout(resolve, Math.random() * most))
}

function percentile(times, part) {
  const sorted = [...times].sort((a, b) => a - b)
  return (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0).toFixed(1)
}
