/** Entries of the chart as such: marked as errors, without a value, dates. */
import { CODES, codeIn, identifier, local, type Resource } from '../client.js'
import { counted, type Question } from '../question.js'
import { items, PRESSURE_ITEMS } from './chart.js'

export const chartEntries: Question[] = [
  {
    asks: 'How many entries of the chart were marked as errors, by item?',
    csv: (tables) => {
      const marked: string[] = []
      for (const rows of [tables.eachChart(), tables.rows('DATETIMEEVENTS')]) {
        for (const row of rows) if (row('error') === '1') marked.push(row('itemid'))
      }
      for (const row of tables.rows('OUTPUTEVENTS')) if (row('iserror') === '1') marked.push(row('itemid'))
      return counted(marked)
    },
    fhir: async (hospital) => {
      const found = await hospital.client.list('Observation?status=entered-in-error')
      const charted = found.filter((one) => identifier(one, 'procedureevent_mv') === undefined)
      return counted(
        charted.flatMap((one) => [one, ...(one.component ?? [])].flatMap((part: Resource) => codeIn(part.code, CODES.items) ?? []))
      )
    }
  },
  {
    asks: 'How many entries of the chart have no value, by item?',
    csv: (tables) => {
      const empty: string[] = []
      for (const rows of [tables.eachChart(), tables.rows('DATETIMEEVENTS'), tables.rows('OUTPUTEVENTS')]) {
        for (const row of rows) if (row('value') === '' && !PRESSURE_ITEMS.includes(row('itemid'))) empty.push(row('itemid'))
      }
      return counted(empty)
    },
    fhir: async (hospital) => {
      const found = await hospital.client.list('Observation?data-absent-reason=unknown')
      const charted = found.filter((one) => /:(chartevent|outputevent|datetimeevent)$/.test(one.identifier?.[0].system))
      return counted(charted.map((one) => codeIn(one.code, CODES.items) ?? ''))
    }
  },
  {
    asks: 'When were central lines and arterial lines put in, as charted?',
    csv: (tables) => {
      const rows = tables.rows('DATETIMEEVENTS').filter((row) => ['224280', '224288'].includes(row('itemid')) && row('value') !== '')
      return counted(rows.map((row) => `${row('subject_id')} ${row('itemid')} ${row('value').slice(0, 10)}`))
    },
    fhir: async (hospital) => {
      const found = await hospital.client.list(`Observation?code=${items('224280', '224288')}&status=final`)
      return counted(
        found.flatMap((one) =>
          one.valueDateTime ? [`${hospital.patient(one.subject)} ${codeIn(one.code, CODES.items)} ${local(one.valueDateTime)}`] : []
        )
      )
    }
  },
  {
    asks: 'Which dates of birth stand in the chart? Over 89 none is told.',
    csv: (tables) => {
      const old = new Set(tables.rows('PATIENTS').flatMap((row) => (row('dob') < '2000' ? [row('subject_id')] : [])))
      const rows = tables.rows('DATETIMEEVENTS').filter((row) => row('itemid') === '226515' && row('value') !== '')
      return rows.map((row) => `${row('subject_id')}: ${old.has(row('subject_id')) ? 'masked' : row('value').slice(0, 10)}`)
    },
    fhir: async (hospital) =>
      (await hospital.client.list(`Observation?code=${items('226515')}`)).flatMap((one) => {
        const told = one.valueDateTime ? local(one.valueDateTime) : one.dataAbsentReason.coding[0].code
        return told === 'unknown' ? [] : [`${hospital.patient(one.subject)}: ${told}`]
      })
  }
]
