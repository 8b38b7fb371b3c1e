/** Seeded random values for property tests: the same seed gives the same cases on every machine. */

export class Random {
  private state: number

  constructor(seed: number) {
    this.state = seed >>> 0
  }

  /** mulberry32: 0 <= x < 1 */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0
    let x = this.state
    x = Math.imul(x ^ (x >>> 15), x | 1)
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61)
    return ((x ^ (x >>> 14)) >>> 0) / 4294967296
  }

  int(below: number): number {
    return Math.floor(this.next() * below)
  }

  pick<T>(items: readonly T[]): T {
    return items[this.int(items.length)] as T
  }

  chance(p: number): boolean {
    return this.next() < p
  }
}

const STRING_PARTS = [
  'a',
  'Zé',
  '\\n',
  '\\"',
  '\\\\',
  '\\u00e9',
  '\\ud83d\\ude00',
  '😀',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  ' ',
  '\\/',
  '\\u0000',
  '日本'
]
const NAMES = [
  '"a"',
  '"b c"',
  '"__proto__"',
  '"constructor"',
  '"meta"',
  '"id"',
  '"\\u0061x"',
  '"x\\"y"',
  '""',
  '"é"',
  '"versionId"',
  '"lastUpdated"'
]
const NUMBERS = ['0', '-0', '1.0', '1.00', '10e2', '1E-22', '-1.000000000000000000e+245', '12345678901234567890.12345', '0.10']
const SPACES = ['', '', '', ' ', '\n', '\t', '\r\n  ']

/** Random JSON text with odd numbers, escapes, names and white space between tokens (`space` false: none). */
export function randomJson(random: Random, depth: number, space = true): string {
  const s = () => (space ? random.pick(SPACES) : '')
  const kind = random.int(depth > 0 ? 8 : 5)
  if (kind === 0) return random.pick(['true', 'false', 'null'])
  if (kind <= 2) return random.pick(NUMBERS)
  if (kind <= 4) return randomString(random)
  const count = random.int(5)
  if (kind === 5) {
    const items = Array.from({ length: count }, () => s() + randomJson(random, depth - 1, space) + s())
    return `[${items.length > 0 ? items.join(',') : s()}]`
  }
  return `{${randomMembers(random, depth, space, count).join(',') || s()}}`
}

export function randomString(random: Random): string {
  return `"${Array.from({ length: random.int(6) }, () => random.pick(STRING_PARTS)).join('')}"`
}

/** Members with names that differ, less the names in `not`. */
export function randomMembers(random: Random, depth: number, space: boolean, count: number, not: readonly string[] = []): string[] {
  const s = () => (space ? random.pick(SPACES) : '')
  const names = new Set<string>()
  for (let i = 0; i < count; i++) {
    const name = random.pick(NAMES)
    if (!not.includes(JSON.parse(name))) names.add(name)
  }
  return [...names].map((name) => `${s()}${name}${s()}:${s()}${randomJson(random, depth - 1, space)}${s()}`)
}
