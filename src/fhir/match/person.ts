/** The facts of a Patient that tell people apart, folded for comparison. Reads defensively: what is asked about may be a fragment. */
import { fold } from '../fold.js'

export interface Person {
  /** One per HumanName: family and given names, in the order they were given. */
  readonly names: ReadonlyArray<{ readonly family: string; readonly given: readonly string[] }>
  /** YYYY, YYYY-MM or YYYY-MM-DD. */
  readonly birthDate: string | undefined
  /** male or female; undefined for everything that does not tell. */
  readonly sex: string | undefined
  readonly identifiers: ReadonlyArray<{ readonly system: string; readonly value: string; readonly type: string }>
  /** Digits of telephone numbers, addresses of email. */
  readonly phones: readonly string[]
  readonly emails: readonly string[]
  readonly addresses: ReadonlyArray<{ readonly line: string; readonly city: string; readonly postalCode: string }>
  /** Place in a multiple birth; true: there was one. */
  readonly multipleBirth: number | boolean | undefined
}

export function readPerson(patient: unknown): Person {
  const it = members(patient)
  const telecom = list(it['telecom']).map(members)
  const multiple = it['multipleBirthInteger'] ?? it['multipleBirthBoolean']
  return {
    names: list(it['name'])
      .map(members)
      .map(readName)
      .filter(({ family, given }) => family !== '' || given.length > 0),
    birthDate: /^\d{4}(-\d\d(-\d\d)?)?$/.test(text(it['birthDate'])) ? text(it['birthDate']) : undefined,
    sex: it['gender'] === 'male' || it['gender'] === 'female' ? it['gender'] : undefined,
    identifiers: list(it['identifier'])
      .map(members)
      .map(readIdentifier)
      .filter(({ value }) => value !== ''),
    phones: values(telecom, ['phone', 'sms', 'fax'], digits).filter((number) => number.length >= 6),
    emails: values(telecom, ['email'], (address) => address.trim().toLowerCase()),
    addresses: list(it['address']).map(members).map(readAddress),
    multipleBirth: typeof multiple === 'number' || typeof multiple === 'boolean' ? multiple : undefined
  }
}

function readName(name: Members): Person['names'][number] {
  const family = words(text(name['family']))
  const given = list(name['given'])
    .map((one) => words(text(one)))
    .filter((one) => one !== '')
  const whole = words(text(name['text']))
  // "Ardent, Ada" and "Ada Ardent" where the parts are not given.
  if (family !== '' || given.length > 0 || whole === '') return { family, given }
  const parts = text(name['text']).includes(',') ? text(name['text']).split(',').reverse().map(words) : [whole]
  const all = parts.join(' ').trim().split(' ')
  return { family: all.at(-1) ?? '', given: all.slice(0, -1) }
}

function readIdentifier(identifier: Members): Person['identifiers'][number] {
  const [coding] = list(members(identifier['type'])['coding']).map(members)
  return { system: text(identifier['system']), value: text(identifier['value']).trim(), type: text(coding?.['code']) }
}

function readAddress(address: Members): Person['addresses'][number] {
  const line = words(list(address['line']).map(text).join(' '))
  return { line, city: words(text(address['city'])), postalCode: fold(text(address['postalCode'])).replace(/[^a-z0-9]/g, '') }
}

/** Letters and digits; what stands between them counts as one blank: O'Brien is obrien, Smith-Jones is smith jones. */
function words(value: string): string {
  return fold(value.replace(/['’ʼ`.]/g, '').replace(/[^\p{L}\p{N}\p{M}]+/gu, ' '))
}

/** The last nine digits: with and without the code of a country. */
function digits(value: string): string {
  return value.replace(/\D/g, '').slice(-9)
}

function values(telecom: readonly Members[], systems: readonly string[], normal: (value: string) => string): string[] {
  const found = telecom
    .filter(({ system }) => typeof system === 'string' && systems.includes(system))
    .map(({ value }) => normal(text(value)))
  return [...new Set(found.filter((value) => value !== ''))]
}

export type Members = Readonly<Record<string, unknown>>

export function members(value: unknown): Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : {}
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

export function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
