/** The number in a cell as another column of the source writes it. */
import t from 'tap'
import { canonicalNumber } from '#wardbridge/mapping/cells.js'

t.test('the shortest form of a number', async (t) => {
  for (const [text, wanted] of [
    ['10.0', '10'],
    ['.40', '0.4'],
    ['-0.50', '-0.5'],
    ['100', '100'],
    ['<5', ''],
    ['', '']
  ] as const)
    t.equal(canonicalNumber(text), wanted, text)
})

t.test('with so many significant digits', async (t) => {
  for (const [text, wanted] of [
    ['37.900001525878906', '37.9000015258789'],
    ['.40000000596046448', '0.400000005960464'],
    ['100.22000122070312', '100.220001220703'],
    ['-37.900001525878906', '-37.9000015258789'],
    ['10.0', '10'],
    ['0.00000012345678901234567', '0.00000012345678901234567'],
    ['12345678901234567890', '12345678901234567890']
  ] as const)
    t.equal(canonicalNumber(text, 15), wanted, text)
})
