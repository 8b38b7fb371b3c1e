/** How alike two texts are. All of them come folded. */

/** Short forms of given names: between bars the forms of one name. */
const SHORT_FORMS: ReadonlyMap<string, ReadonlySet<number>> = forms(`
  alexander alex sandy sasha|alexandra alex sandra sasha|andrew andy drew|anthony tony|benjamin ben|catherine katherine kathryn cathy kathy kate katie|
  charles charlie chuck|christina chris tina|christopher chris|daniel dan danny|david dave|deborah debbie deb|edward ed eddie ted|
  elizabeth eliza beth betty liz lisa libby|francis frank|frederick fred|gregory greg|henry harry hank|jacob jake|james jim jimmy|
  jennifer jen jenny|john jack johnny jon|jonathan jon|joseph joe|joshua josh|kenneth ken|lawrence larry|margaret maggie meg peggy greta|
  matthew matt|michael mike mick|nicholas nick|pamela pam|patricia pat patty tricia|patrick pat|peter pete|philip phil|rebecca becky|
  richard dick rick rich|robert bob rob bobby|ronald ron|samuel sam|stephen steven steve|susan sue susie|theodore ted theo|thomas tom|
  timothy tim|victoria vicky|vincent vince|william bill will billy liam
`)

function forms(table: string): Map<string, Set<number>> {
  const found = new Map<string, Set<number>>()
  const rows = table.split('|').map((row) => row.trim().split(/\s+/))
  for (const [n, row] of rows.entries()) for (const name of row) found.set(name, (found.get(name) ?? new Set()).add(n))
  return found
}

export function isShortForm(a: string, b: string): boolean {
  const [one, other] = [SHORT_FORMS.get(a), SHORT_FORMS.get(b)]
  return one !== undefined && other !== undefined && [...one].some((row) => other.has(row))
}

/** Jaro-Winkler similarity, 0 to 1: tolerant of slips, and more so towards the end. */
export function similarity(a: string, b: string): number {
  if (a === b) return 1
  if (a === '' || b === '') return 0
  const jaro = jaroOf(a, b)
  let prefix = 0
  while (prefix < 4 && a[prefix] !== undefined && a[prefix] === b[prefix]) prefix++
  return jaro + prefix * 0.1 * (1 - jaro)
}

function jaroOf(a: string, b: string): number {
  const reach = Math.max(0, Math.floor(Math.max(a.length, b.length) / 2) - 1)
  const taken = new Array<boolean>(b.length).fill(false)
  const common: string[] = []
  for (let i = 0; i < a.length; i++) {
    for (let j = Math.max(0, i - reach); j <= Math.min(b.length - 1, i + reach); j++) {
      if (taken[j] || a[i] !== b[j]) continue
      taken[j] = true
      common.push(a[i]!)
      break
    }
  }
  if (common.length === 0) return 0
  const other = [...b].filter((_, j) => taken[j])
  const swapped = common.filter((character, n) => character !== other[n]).length / 2
  const m = common.length
  return (m / a.length + m / b.length + (m - swapped) / m) / 3
}

/** A key that names with the same sound share, in several languages of the west; rough on purpose. */
export function sound(name: string): string {
  return name
    .replace(/ /g, '')
    .replace(/ph/g, 'f')
    .replace(/sch|sh|ch|cz/g, 'x')
    .replace(/ck|q|c(?![eiy])/g, 'k')
    .replace(/c|z|ß/g, 's')
    .replace(/[dt]h?/g, 't')
    .replace(/[vw]/g, 'f')
    .replace(/g(?=[eiy])/g, 'j')
    .replace(/(?!^)[aeiouyhäöüåæø]/g, '')
    .replace(/(.)\1+/g, '$1')
}

/** What a slip of the pen makes of a date: one digit, two neighbours swapped, or day and month swapped. Both YYYY-MM-DD. */
export function isDateSlip(a: string, b: string): boolean {
  const [yearA, monthA, dayA] = a.split('-')
  const [yearB, monthB, dayB] = b.split('-')
  if (yearA === yearB && monthA === dayB && dayA === monthB) return true
  const [one, other] = [a.replaceAll('-', ''), b.replaceAll('-', '')]
  const differing = [...one].flatMap((digit, n) => (digit === other[n] ? [] : [n]))
  if (differing.length === 1) return true
  const [first = 0, second = 0] = differing
  return differing.length === 2 && second === first + 1 && one[first] === other[second] && one[second] === other[first]
}
