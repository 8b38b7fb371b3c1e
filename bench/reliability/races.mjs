/** Two servers on one store file, and many clients at once that want the same. */
import { send, startServer } from './server.mjs'

/** Runs the work with the addresses of two servers on the file. */
async function withTwo(file, work) {
  const servers = [await startServer(file), await startServer(file)]
  try {
    return await work(servers.map(({ url }) => url))
  } finally {
    await Promise.all(servers.map(({ stop }) => stop()))
  }
}

/** `many` conditional creates of one identifier at the same moment, half to each server. Gives the resources there are then, and the ids that were answered. */
export function createOnce(file, many) {
  return withTwo(file, async (urls) => {
    const body = { resourceType: 'Patient', identifier: [{ system: 'urn:race', value: '1' }] }
    const headers = { 'if-none-exist': 'identifier=urn:race|1' }
    const answers = await Promise.all(Array.from({ length: many }, (_, n) => send(urls[n % 2], 'POST', '/Patient', body, headers)))
    const count = (status) => answers.filter((one) => one.status === status).length
    const { body: found } = await send(urls[0], 'GET', '/Patient?identifier=urn:race|1&_total=accurate')
    return {
      sent: many,
      created: count(201),
      found: count(200),
      other: many - count(201) - count(200),
      ids: new Set(answers.map(({ id, body }) => id ?? body?.id)).size,
      resources: found.total
    }
  })
}

/** Writers that read a counter, add one and write it with If-Match, `times` each, half of them at each server. Gives the counter and the refused writes. */
export function countUp(file, writers, times) {
  return withTwo(file, async (urls) => {
    const counter = (value) => ({ resourceType: 'Patient', id: 'counter', multipleBirthInteger: value })
    await send(urls[0], 'PUT', '/Patient/counter', counter(0))
    let refused = 0
    const write = async (url) => {
      for (let done = 0; done < times; ) {
        const { body, version } = await send(url, 'GET', '/Patient/counter')
        const next = counter(body.multipleBirthInteger + 1)
        const { status } = await send(url, 'PUT', '/Patient/counter', next, { 'if-match': `W/"${version}"` })
        if (status === 200) done++
        else if (status === 412) refused++
        else throw new Error(`Unexpected ${status}`)
      }
    }
    await Promise.all(Array.from({ length: writers }, (_, n) => write(urls[n % 2])))
    const { body, version } = await send(urls[1], 'GET', '/Patient/counter')
    return { writers, times, wanted: writers * times, counted: body.multipleBirthInteger, versions: Number(version), refused }
  })
}
