/**
 * The searches that find whoever could be meant. A person is missed only by slips that all of them meet: where one holds a name fast another allows for
 * a slip in it and holds the birth date instead.
 */
import { list, members, text } from './person.js'

/** Parameters of a search of Patient, names and values as a query has them. */
export type Block = ReadonlyArray<readonly [name: string, value: string]>

const MOST_BLOCKS = 40

/** patient: a Patient or a part of one, parsed. Empty when there is nothing to look for. */
export function blocks(patient: unknown): Block[] {
  const it = members(patient)
  const found = new Map<string, Block>()
  const add = (...block: Block) => {
    if (found.size < MOST_BLOCKS && block.every(([, value]) => value !== '')) found.set(JSON.stringify(block), block)
  }
  for (const one of list(it['identifier']).map(members)) {
    const [system, value] = [escaped(text(one['system'])), escaped(text(one['value']))]
    add(['identifier', value === '' || system === '' ? value : `${system}|${value}`])
  }
  for (const one of list(it['telecom']).map(members)) {
    const system = text(one['system'])
    if (system === 'email' || system === 'phone') add([system, escaped(text(one['value']))])
  }
  const birthDate = text(it['birthDate'])
  const whole = /^\d{4}-\d\d-\d\d$/.test(birthDate)
  if (whole) add(['birthdate', birthDate])
  for (const one of list(it['name']).map(members)) {
    const family = escaped(text(one['family']))
    const given = escaped(text(list(one['given'])[0]))
    add(['family', family], ['given', given])
    add(['family', given], ['given', family])
    // Only the text of the name: every word of it begins a part of the name.
    if (family === '' && given === '')
      add(
        ...escaped(text(one['text']))
          .split(/[\s\\,]+/)
          .filter((word) => word !== '')
          .map((word) => ['name', word] as const)
      )
    if (!/^\d{4}/.test(birthDate)) continue
    add(['family', family], ['birthdate', birthDate.slice(0, 4)])
    add(['given', given], ['birthdate', birthDate.slice(0, 7)])
    const [year, month = '', day = ''] = birthDate.split('-')
    if (whole && Number(day) <= 12 && day !== month) add(['family', family], ['birthdate', `${year}-${day}-${month}`])
  }
  return [...found.values()]
}

/** Characters that separate in the values of search parameters. */
function escaped(value: string): string {
  return value.trim().replace(/[\\,|$]/g, '\\$&')
}
