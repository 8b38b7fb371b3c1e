/** docs/reference/configuration.md from src/config.ts (built). */
import { SETTINGS } from '../../dist/config.js'
import { code, emit } from './page.js'

emit('configuration.md', 'configuration.js', render())

function render() {
  const rows = Object.values(SETTINGS).map((row) => {
    const option = row.option === undefined ? '' : code(row.option)
    const fallback = row.schema.default === undefined ? row.unset : code(String(row.schema.default))
    return `| ${code(row.env)} | ${option} | ${kind(row.schema)} | ${fallback} | ${row.description} | ${row.since} |`
  })
  return `# Configuration

<!-- Made by docs/tools/configuration.js from src/config.ts. Do not edit. -->

Every setting is an environment variable; some are command-line options too. An option wins over the variable, the variable over the default.
An empty variable counts as not set. A value that cannot be used stops the command with an error that names the setting.

| variable | option | value | default | what it does | since |
|---|---|---|---|---|---|
${rows.join('\n')}
`
}

function kind({ type, minimum, maximum, enum: words }) {
  if (words) return words.map(code).join(' ')
  if (minimum !== undefined) return `${type}, ${minimum} to ${maximum}`
  return type === 'boolean' ? '`true` or `false`' : type
}
