/** Laboratory rows whose value, unit, flag or code would mislead a mapping that takes them at their word. */
import t from 'tap'
import { accepted, mapRow } from '../support.js'
import { absent, demo, extension } from './real.js'

t.test('laboratory results of the MIMIC-III demo', { skip: absent }, async (t) => {
  const real = await demo(['d_labitems'])
  const lab = (row: string) => real.make('labevents', real.row('labevents', 'row_id', row))['lab']
  const loinc = (made: { code: { coding: Array<{ system: string; code: string }> } }) =>
    made.code.coding.find(({ system }) => system === 'http://loinc.org')?.code

  t.test('comparators, in signs and in words, are comparators', async (t) => {
    t.match(lab('6249564').valueQuantity, { value: 0.01, comparator: '<', unit: 'ng/mL', code: 'ng/mL' })
    t.match(lab('6248364').valueQuantity, { value: 50, comparator: '>', unit: 'ng/ml', code: 'ng/mL' })
    t.match(lab('19938989').valueQuantity, { value: 20, comparator: '>', unit: 'ng/mL' }, 'with its unit in the words')
  })

  t.test('a range is a Range, not its first number', async (t) => {
    const made = lab('6245246')
    t.match(made.valueRange, { low: { value: 0, code: '/[HPF]' }, high: { value: 2 } })
    t.notOk(made.valueQuantity)
  })

  t.test('words are words', async (t) => {
    const made = lab('6245247')
    t.equal(made.valueString, 'NEG')
    t.notOk(made.valueQuantity, 'NEG is no zero')
  })

  t.test('10.0 keeps its digit where valuenum has lost it', async (t) => {
    const row = real.row('labevents', 'row_id', '6244565')
    t.same([row['value'], row['valuenum']], ['10.0', '10'])
    const made = accepted(mapRow(real.pack, 'labevents', row))
    t.match(made[0]?.text, /"value":10\.0[,}]/)
    t.equal(real.rows('labevents').filter((one) => one['value'] === '10.0').length, 104)
  })

  t.test('numbers that are no FHIR decimals are written as such, with the text beside them', async (t) => {
    t.match(lab('6257397'), { valueQuantity: { value: 0.71 } })
    t.match(JSON.stringify(lab('6257397')), /"valueString":"\.71"/)
    t.match(lab('6269463'), { valueQuantity: { value: 1 } })
    t.match(JSON.stringify(lab('6269463')), /"valueString":"01"/)
    const made = real.make('labevents', { ...real.row('labevents', 'row_id', '6296288'), value: '.40000000596046448' })['lab']
    t.equal(made.valueQuantity.value, 0.40000000596046448)
  })

  t.test('a valuenum that says another thing than the value stands beside it', async (t) => {
    const row = { ...real.row('labevents', 'row_id', '6244563'), valuenum: '91' }
    const made = real.make('labevents', row)['lab']
    t.equal(made.valueQuantity.value, 19)
    t.match(JSON.stringify(extension(made, 'source-cell')), /91/)
  })

  t.test('a test that was not done has a reason and no value', async (t) => {
    const expected = { '6244701': 'error', '6245565': 'not-performed', '6283370': 'error', '6289604': 'error' }
    for (const [row, reason] of Object.entries(expected)) {
      const made = lab(row)
      t.match(made, {
        status: 'cancelled',
        dataAbsentReason: { coding: [{ code: reason }], text: real.row('labevents', 'row_id', row)['value'] }
      })
      t.notOk(
        Object.keys(made).some((name) => name.startsWith('value')),
        'no value'
      )
    }
  })

  t.test('an empty value is unknown, not cancelled', async (t) => {
    t.match(lab('6300957'), {
      status: 'final',
      dataAbsentReason: { coding: [{ code: 'unknown' }] },
      interpretation: [{ coding: [{}, { code: 'A' }] }]
    })
  })

  t.test('a result without an admission has no encounter', async (t) => {
    t.notOk('encounter' in lab('6244563'))
    t.equal(real.rows('labevents').filter((row) => row['hadm_id'] === '').length, 14262)
  })

  t.test('delta is a check and claims no fall; no flag claims nothing', async (t) => {
    const { interpretation } = lab('6244883')
    t.equal(interpretation[0].text, 'delta')
    t.notMatch(JSON.stringify(interpretation), /v3-ObservationInterpretation/)
    t.notOk('interpretation' in lab('6244563'))
  })

  t.test('rows of one patient, item and minute stay two results', async (t) => {
    const [one, other] = [lab('6266763'), lab('6266764')]
    t.same([one.valueString, other.valueString], ['ART', 'MIX'])
    t.same([one.effectiveDateTime, one.code.coding[0].code], [other.effectiveDateTime, other.code.coding[0].code])
    t.not(one.id, other.id)
  })

  t.test('UCUM comes from unit and item', async (t) => {
    const of = (itemid: string, valueuom: string) =>
      real.make('labevents', { ...real.row('labevents', 'row_id', '6244563'), itemid, valueuom })['lab'].valueQuantity
    t.match(of('51301', 'K/uL'), { unit: 'K/uL', code: '10*3/uL' }, 'not kelvin')
    t.match(of('51279', 'm/uL'), { unit: 'm/uL', code: '10*6/uL' }, 'not metres')
    t.match(of('50820', 'units'), { unit: 'units', code: '[pH]' })
    t.notOk(of('50801', 'units').code, 'units of what depends on the item')
  })

  t.test('the local code stands first, the LOINC code beside it', async (t) => {
    const wrong = real
      .rows('labevents')
      .filter((row) => row['row_id']?.endsWith('00'))
      .filter((row) => {
        const { coding } = real.make('labevents', row)['lab'].code
        return coding[0].code !== row['itemid'] || !coding[0].system.endsWith('/mimic-iii-d-labitems')
      })
    t.same(wrong, [])
  })

  t.test('wrong codes of the dictionary are corrected', async (t) => {
    const of = (itemid: string, more = {}) => loinc(real.make('labevents', { ...real.row('labevents', 'itemid', itemid), ...more })['lab'])
    t.equal(of('50960'), '19123-9', 'magnesium by mass')
    t.equal(of('50998'), '3034-6', 'transferrin, not binding capacity')
    t.equal(of('50893'), '17861-6', 'calcium by mass')
    t.equal(of('51244'), '736-9', 'lymphocytes in per cent')
    t.equal(of('51130'), '8122-4', 'CD3 cells counted')
    t.equal(of('51176'), '8124-0', 'CD3 cells in per cent')
    t.equal(of('51266'), '9317-9', 'a word about platelets is no count')
    t.equal(of('51000'), '2571-8', 'nobody said fasting')
    t.equal(of('51514', { valueuom: 'mg/dL' }), '20405-7', 'urobilinogen by mass')
    t.equal(of('51514', { valueuom: 'EU/dL' }), '19161-9', 'and in Ehrlich units')
    t.equal(of('50854'), undefined, 'an instrument count')
    t.equal(of('50855'), undefined, 'an instrument count')
    t.equal(of('50944'), undefined, 'no code where the right one is not certain')
  })

  t.test('right codes of the dictionary stay', async (t) => {
    const of = (itemid: string) => loinc(real.make('labevents', real.row('labevents', 'itemid', itemid))['lab'])
    t.same(
      [of('50868'), of('51237'), of('51249'), of('50813'), of('50912')],
      ['1863-0', '5895-7', '786-4', '32693-4', '2160-0'],
      'anion gap 4, INR with its odd check digit, MCHC, lactate, creatinine'
    )
  })

  t.test('items without a LOINC code have the local one', async (t) => {
    t.equal(loinc(lab('6266763')), undefined, 'the type of a specimen is no result')
  })

  t.test('results after the death stay where they were recorded', async (t) => {
    t.equal(lab('6250237').effectiveDateTime, '2163-05-15T13:38:00-05:00')
    t.equal(lab('6250237').valueQuantity.value, -8)
  })
})
