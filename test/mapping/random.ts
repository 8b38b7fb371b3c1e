/** Random cells, rows and mappings for the property tests. */

import type { Column, ColumnType, CompiledTable } from '#wardbridge/mapping/types.js'
import { Random } from '../fhir/random.js'

export { Random }

const pad = (value: number, length = 2) => String(value).padStart(length, '0')

/** Texts that have broken something somewhere. */
export const ODD_TEXTS = [
  ' ',
  '   ',
  '\t',
  '\n',
  'two\nlines\r\n',
  ' blank before',
  'blank behind ',
  'two  blanks',
  '"',
  "it's",
  '\\',
  '\\u0041',
  '\\n',
  '${a}',
  '`${process.exit(1)}`',
  '$a',
  '"}]};process.exit(1);//',
  '</script><script>',
  '\u2028line\u2029paragraph',
  '\u00a0',
  '\ufeff',
  'e\u0301',
  '\u00e9',
  '日本語',
  '😀👩‍⚕️',
  '\u202eright to left',
  'null',
  'undefined',
  'true',
  '__proto__',
  'constructor',
  '0',
  '-0',
  '1',
  '10.0',
  '010',
  '1e5',
  '1e999',
  '.5',
  '5.',
  '+5',
  '-5',
  '<0.01',
  '>=3',
  '< 5 mg',
  '=>0.5',
  'LESS THAN 10',
  'greater than 20 mg/dL',
  '0-2',
  '6 - 10',
  '10-6',
  '25,000',
  '1,234,567.50',
  '25,00',
  '007-010',
  '18/',
  'NEG',
  'a/b',
  '%2F',
  'http://example.org/a b',
  'urn:oid:1.2.3',
  'x'.repeat(300)
]

const CHARACTERS = [...'abcABC019 .,;:-_/\\"\'`${}[]()<>&%#+*=\n\té日\u00a0\u2028😀']

export function anyText(random: Random, words: readonly string[] = []): string {
  const choice = random.next()
  if (words.length > 0 && choice < 0.4) return random.pick(words)
  if (choice < 0.75) return random.pick(ODD_TEXTS)
  return Array.from({ length: 1 + random.int(12) }, () => random.pick(CHARACTERS)).join('')
}

export function anyDate(random: Random): string {
  const year = random.pick([1, 99, 1582, 1809, 1899, 1900, 1970, 1999, 2000, 2016, 2024, 2101, 2164, 9999])
  const month = 1 + random.int(12)
  return `${pad(year, 4)}-${pad(month)}-${pad(1 + random.int(new Date(Date.UTC(2001, month, 0)).getUTCDate()))}`
}

/** A cell that the column type accepts; never empty. */
export function anyCell(random: Random, type: ColumnType, words: readonly string[] = []): string {
  switch (type) {
    case 'integer':
      return random.pick([
        '0',
        '-1',
        '1',
        '7',
        '10006',
        '2147483647',
        '2147483648',
        '-2147483649',
        '9007199254740993',
        String(random.int(100000))
      ])
    case 'decimal':
      return random.pick([
        '0',
        '-0',
        '1',
        '10.0',
        '.40000000596046448',
        '01',
        '5.',
        '-.5',
        '+3',
        '1e5',
        '1.50E-3',
        '00.10',
        `${random.int(1000)}.${random.int(1000)}`
      ])
    case 'date':
      return anyDate(random)
    case 'midnight':
      return `${anyDate(random)} 00:00:00`
    case 'timestamp':
      return `${anyDate(random)} ${pad(random.int(24))}:${pad(random.int(60))}:${pad(random.int(60))}${random.chance(0.2) ? `.${random.int(999) + 1}` : ''}`
    case 'flag':
      return random.pick(['0', '1'])
    case 'text':
      return anyText(random, words)
  }
}

/** A cell that the column type refuses; undefined for text, which takes everything. */
export function wrongCell(random: Random, type: ColumnType): string | undefined {
  switch (type) {
    case 'integer':
      return random.pick(['x', '010', '1.0', ' 1', '1 ', '+1', '1e3', '--1', '１', 'NaN'])
    case 'decimal':
      return random.pick(['x', '1,5', '1.2.3', ' 1', '0x10', 'Infinity', 'NaN', '.', '-', '1e', '1e999', '٣'])
    case 'date':
      return random.pick([
        '2101-02-29',
        '2101-2-3',
        '10/23/64',
        '2101-01-01 00:00:00',
        '0000-01-01',
        '2101-13-01',
        '2101-00-10',
        '2101-01-01T00:00:00Z'
      ])
    case 'midnight':
      return random.pick(['2101-01-01', '2101-01-01 00:00:01', '2101-02-29 00:00:00', '10/23/64 21:09', '2101-01-01  00:00:00'])
    case 'timestamp':
      return random.pick([
        '2101-01-01',
        '2101-01-01 24:00:00',
        '2101-01-01 23:60:00',
        '2101-01-01T10:00:00',
        '10/23/64 21:09',
        '2101-01-01 10:00:00.',
        '2101-02-30 10:00:00'
      ])
    case 'flag':
      return random.pick(['2', 'true', 'Y', ' 1', '01'])
    case 'text':
      return undefined
  }
}

/** Cells of a row: required columns filled, others often empty. */
export function anyRow(
  random: Random,
  table: Pick<CompiledTable, 'columns'>,
  words: (column: Column) => readonly string[] = () => []
): string[] {
  const empty = random.pick([0.1, 0.5, 0.9])
  return table.columns.map((column) => (!column.required && random.chance(empty) ? '' : anyCell(random, column.type, words(column))))
}
