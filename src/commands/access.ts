/** `wardbridge access`: what each role may do, from the table that the service keeps. */
import type { Command } from 'commander'

export function register(program: Command): void {
  program
    .command('access')
    .description('print what the roles may do')
    .option('--explain <role>', 'one role, with every resource type')
    .action(async ({ explain }: { readonly explain?: string }) => {
      const { ACCESS, grantsOf, ROLES } = await import('../service/access.js')
      const { fail } = await import('../errors.js')
      if (explain !== undefined && !Object.hasOwn(ACCESS, explain))
        throw fail('cli.usage', { reason: `There is no role "${explain}" (known: ${ROLES.join(', ')})` })
      const lines: string[] = []
      for (const role of explain === undefined ? ROLES : [explain]) {
        lines.push(role)
        for (const { may, what, reach, only = {}, types } of grantsOf(role)) {
          lines.push(`  ${may.join(' ')}: ${what} (${types.length} types), ${WHOSE[reach]}`)
          for (const [type, [parameter, value]] of Object.entries(only)) lines.push(`    ${type} with ${parameter}=${value} only`)
          if (explain !== undefined) lines.push(...wrapped(types))
        }
      }
      if (explain !== undefined) lines.push('', 'Anything else is refused. The scopes of a token can narrow this, never widen it.')
      process.stdout.write(`${lines.join('\n')}\n`)
    })
}

const WHOSE = {
  all: 'of everybody',
  care: 'of the patients in their care',
  own: 'their own',
  context: 'of whatever they may read that securityContext names'
} as const

const WIDTH = 100

function wrapped(words: readonly string[]): string[] {
  const lines: string[] = []
  for (const word of words) {
    const last = lines.at(-1)
    if (last === undefined || last.length + word.length > WIDTH) lines.push(`    ${word}`)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines
}
