/** docs/reference/errors.md from src/errors.ts (built). */
import { ERRORS } from '../../dist/errors.js'
import { code, emit } from './page.js'

const rows = Object.entries(ERRORS).map(
  ([name, row]) =>
    `| ${code(name)} | ${row.status} | ${code(row.issue)} | ${row.text.replaceAll('|', '\\|')} | ${row.help.replaceAll('|', '\\|')} |`
)

emit(
  'errors.md',
  'errors.js',
  `# Errors

<!-- Made by docs/tools/errors.js from src/errors.ts. Do not edit. -->

Every error has a code. Over HTTP it is an OperationOutcome: the code stands in \`issue.details.coding\` (system \`https://fhir.wardbridge.dev/CodeSystem/error\`),
the text in \`issue.details.text\`, what to do in \`issue.diagnostics\`, the element in \`issue.expression\`. On the command line the same text goes to stderr.

| code | HTTP status | issue type | text | what to do |
|---|---|---|---|---|
${rows.join('\n')}
`
)
