/** A server as users run it, in a process of its own. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))
const JSON_TYPE = { 'content-type': 'application/fhir+json' }

/** Starts `serve --no-auth` on a free port. Resolves when it listens, with its address and kill(), which ends it without warning. */
export async function startServer(store) {
  const child = spawn(process.execPath, [CLI, 'serve', '--store', store, '--port', '0', '--no-auth'], {
    env: { PATH: process.env.PATH, WARDBRIDGE_LOG_LEVEL: 'error' },
    stdio: ['ignore', 'ignore', 'pipe']
  })
  const ended = once(child, 'exit')
  const url = await new Promise((resolve, reject) => {
    let told = ''
    child.stderr.on('data', (chunk) => {
      told += String(chunk)
      const found = /at (http:\S+)/.exec(told)?.[1]
      if (found !== undefined) resolve(`${found}/fhir`)
    })
    child.on('exit', () => reject(new Error(`The server did not start: ${told}`)))
  })
  const end = (signal) => {
    child.kill(signal)
    return ended
  }
  return { url, kill: () => end('SIGKILL'), stop: () => end('SIGTERM') }
}

/** One request. Resolves with status, id and version of the answer and its body; rejects when no whole answer comes. */
export async function send(url, method, path, resource, headers = {}) {
  const init = { method, headers: { ...JSON_TYPE, ...headers } }
  if (resource !== undefined) init.body = JSON.stringify(resource)
  const response = await fetch(`${url}${path}`, init)
  const text = await response.text()
  const [, id, version] = /\/([^/]+)\/_history\/(\d+)$/.exec(response.headers.get('location') ?? '') ?? []
  const etag = /"(\d+)"/.exec(response.headers.get('etag') ?? '')?.[1]
  return { status: response.status, id, version: version ?? etag, body: text === '' ? undefined : JSON.parse(text) }
}
