/** Health check of the container image: exit code 0 when the server on this machine says that it is ready. Needs no shell tool. */
import { loadSettings } from './config.js'

const { host, port } = loadSettings()
const everywhere: Record<string, string> = { '0.0.0.0': '127.0.0.1', '::': '[::1]' }
const name = everywhere[host] ?? (host.includes(':') ? `[${host}]` : host)

try {
  const answer = await fetch(`http://${name}:${port}/readyz`, { signal: AbortSignal.timeout(4000) })
  process.exitCode = answer.ok ? 0 : 1
} catch {
  process.exitCode = 1
}
