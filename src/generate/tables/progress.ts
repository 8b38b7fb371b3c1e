import { DAY, MINUTE, timeText } from '../calendar.js'
import { type Levels, measured, type Quantity } from '../physiology.js'
import type { Random } from '../random.js'
import type { Stay } from '../stay.js'
import type { Table } from '../table.js'

/** Nurses and physicians write two to four times a day, more often in intensive care, and measure at the bedside each time. */
export const progress: Table = {
  name: 'progress',
  columns: ['subject_id', 'progress_id', 'description', 'timestamp', 'hadm_id', 'code', 'value', 'unit', 'media_id'],
  of(person, rows, random) {
    for (const stay of person.stays) {
      const entries: Entry[] = []
      for (let time = stay.admit + random.whole(20, 90) * MINUTE; time < stay.discharge; time += gap(stay, time, random)) {
        bedside(stay, time, random, entries)
      }
      for (const { complication, from } of stay.complications) {
        const time = Math.round(Math.max(from, stay.admit + 10 * MINUTE) / MINUTE) * MINUTE
        if (time < stay.discharge) entries.push({ time, description: complication.note })
      }
      entries.push({ time: stay.discharge, description: closing(stay) })
      entries.sort((a, b) => a.time - b.time)
      for (const { time, description, code = '', value = '', unit = '', media } of entries) {
        const id = rows.nextRow
        rows.row([
          person.subjectId,
          id,
          description,
          timeText(time),
          stay.hadmId,
          code,
          value,
          unit,
          media ? `IMG-${String(id).padStart(7, '0')}` : ''
        ])
      }
    }
  }
}

interface Entry {
  readonly time: number
  readonly description: string
  readonly code?: string
  readonly value?: string
  readonly unit?: string
  readonly media?: boolean
}

interface Sign {
  readonly of: Quantity
  readonly code: string
  readonly unit: string
  readonly digits: number
  readonly name: string
  /** How often it is written down at an ordinary round. */
  readonly often: number
}

const SIGNS: readonly Sign[] = [
  { of: 'heartRate', code: '8867-4', unit: '/min', digits: 0, name: 'Heart rate', often: 0.9 },
  { of: 'respiratoryRate', code: '9279-1', unit: '/min', digits: 0, name: 'Respiratory rate', often: 0.5 },
  { of: 'temperature', code: '8310-5', unit: 'Cel', digits: 1, name: 'Temperature', often: 0.5 },
  { of: 'saturation', code: '59408-5', unit: '%', digits: 0, name: 'Oxygen saturation by pulse oximetry', often: 0.6 },
  { of: 'systolic', code: '8480-6', unit: 'mm[Hg]', digits: 0, name: 'Systolic pressure', often: 0.8 },
  { of: 'diastolic', code: '8462-4', unit: 'mm[Hg]', digits: 0, name: 'Diastolic pressure', often: 0.8 },
  { of: 'glucose', code: '41653-7', unit: 'mg/dL', digits: 0, name: 'Glucose at the bedside', often: 0.15 },
  { of: 'weight', code: '29463-7', unit: 'kg', digits: 1, name: 'Body weight', often: 0.12 }
]

function gap(stay: Stay, time: number, random: Random): number {
  const intensive = stay.icu.some((icu) => time >= icu.from && time < icu.to)
  return random.whole(intensive ? 200 : 420, intensive ? 300 : 660) * MINUTE
}

function bedside(stay: Stay, time: number, random: Random, entries: Entry[]): void {
  const levels = stay.levels(time)
  const image = random.chance(0.012)
  if (image) entries.push({ time, description: random.pick(IMAGES), media: true })
  else if (random.chance(0.6)) entries.push({ time, description: note(stay, levels, time, random) })
  for (const sign of SIGNS) {
    if (!random.chance(sign.often)) continue
    const value = measured(sign.of, levels[sign.of], random).toFixed(sign.digits)
    entries.push({ time, description: sign.name, code: sign.code, value, unit: sign.unit })
  }
}

function note(stay: Stay, levels: Levels, time: number, random: Random): string {
  const share = (time - stay.admit) / (stay.discharge - stay.admit)
  const early = time - stay.admit < 1.2 * DAY
  const lines =
    early && share < 0.6
      ? stay.story.notes.onset
      : stay.death === undefined || share < 0.3
        ? stay.story.notes.better
        : stay.story.notes.worse
  if (random.chance(0.5)) return random.pick(lines)
  const pain = early ? random.whole(2, 7) : random.whole(0, 4)
  return random.pick([
    `Slept ${random.whole(2, 7)} hours. Pain ${pain} of 10.`,
    `Skin intact, turned every two hours, heels free. Pain ${pain} of 10.`,
    `Urine ${random.whole(20, 110)} mL/h over the shift.`,
    levels.temperature > 38 ? 'Febrile, cultures repeated, cooled.' : 'Afebrile.',
    levels.saturation < 92 ? `Needs ${random.whole(2, 6)} L/min oxygen by nasal prongs.` : 'Breathing room air without effort.',
    `Ward round: plan discussed, continue as ordered.\nFamily informed by telephone at ${random.whole(9, 18)}:${random.pick(['00', '15', '30', '45'])}.`,
    'Says "I feel better than yesterday", eats half of each meal.'
  ])
}

function closing(stay: Stay): string {
  if (stay.death !== undefined) return 'Death confirmed. Family present.'
  return stay.wentTo.startsWith('HOME')
    ? 'Discharged home. Medication list, warning signs and next visit explained.'
    : 'Discharged, report handed to the receiving team.'
}

const IMAGES = [
  'Photograph of the wound taken, edges clean.',
  'Photograph of the skin over the sacrum taken.',
  'Photograph of the puncture site taken, no haematoma.'
]
