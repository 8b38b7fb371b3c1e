/** docs/reference/commands.md: the --help of every command, as it prints it. */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { emit } from './page.js'

const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))
const help = (...words) =>
  execFileSync(process.execPath, [cli, ...words, '--help'], { encoding: 'utf8', env: { ...process.env, COLUMNS: '120' } }).trimEnd()

const overview = help()
/** The commands that a help text lists. */
const namesIn = (text) =>
  [...(text.split('\nCommands:\n')[1] ?? '').matchAll(/^ {2}([a-z]+) /gm)].map((match) => match[1]).filter((name) => name !== 'help')
const section = (...words) => {
  const text = help(...words)
  return [
    `## wardbridge ${words.join(' ')}\n\n\`\`\`text\n${text}\n\`\`\`\n`,
    ...namesIn(text).map((name) => section(...words, name))
  ].join('\n')
}

emit(
  'commands.md',
  'commands.js',
  `# Commands

<!-- Made by docs/tools/commands.js from the commands themselves. Do not edit. -->

Results go to stdout, progress and messages to stderr. Exit codes: 0 all is well; 1 something failed or a row was rejected; 2 wrong usage; 130 interrupted.

\`\`\`text
${overview}
\`\`\`

${namesIn(overview)
  .map((name) => section(name))
  .join('\n')}`
)
