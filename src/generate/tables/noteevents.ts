import { signsAt } from '../bedside.js'
import { DAY, dateText, HOUR, MINUTE, startOfDay, timeText } from '../calendar.js'
import type { Care } from '../care/index.js'
import type { Person } from '../person.js'
import type { Random } from '../random.js'
import type { Stay } from '../stay.js'
import type { Table } from '../table.js'
import { ICD9 } from '../vocabulary/icd9.js'
import { MEDICINES, type Medicine } from '../vocabulary/medicines.js'
import { ICD9_PROCEDURES } from '../vocabulary/procedures.js'
import { nurse, stored, watches } from './bedside-rows.js'

/** Letters on discharge (a date, no time), notes of nurses by shift, pictures and heart traces. Names and dates stand in brackets as after de-identification. */
export const noteevents: Table = {
  name: 'noteevents',
  columns: ['row_id', 'subject_id', 'hadm_id', 'chartdate', 'charttime', 'storetime', 'category', 'description', 'cgid', 'iserror', 'text'],
  of(person, rows, random, hospital) {
    const write = (
      stay: Stay,
      time: number,
      timed: boolean,
      category: string,
      description: string,
      text: string,
      cgid: number | '' = ''
    ) => {
      const wrong = cgid !== '' && random.chance(0.01) ? 1 : ''
      const times = timed ? [timeText(time), cgid === '' ? '' : timeText(stored(time, random))] : ['', '']
      rows.row([rows.nextRow, person.subjectId, stay.hadmId, dateText(time), ...times, category, description, cgid, wrong, text])
    }
    for (const [n, stay] of person.stays.entries()) {
      const care = person.care[n]!
      write(stay, stay.discharge, false, 'Discharge summary', 'Report', summary(person, stay, care))
      write(stay, stay.arrival, false, 'ECG', 'Report', trace(stay, random))
    }
    for (const { stay, care, icu } of watches(person)) {
      for (let time = icu.from + random.whole(30, 120) * MINUTE; time < icu.to; time += 2 * DAY) {
        const minute = Math.round(time / MINUTE) * MINUTE
        write(stay, minute, true, 'Radiology', 'CHEST (PORTABLE AP)', picture(stay, care, minute))
      }
      const [category, description] = person.dbsource === 'carevue' ? ['Nursing/other', 'Report'] : ['Nursing', 'Nursing Progress Note']
      // The category has a blank at its end in the newer system.
      for (let time = icu.from + 3 * HOUR; person.dbsource === 'metavision' && time < icu.to; time += DAY) {
        const minute = Math.round(time / MINUTE) * MINUTE
        const resident = hospital.residents[icu.icustayId % hospital.residents.length]!
        write(stay, minute, true, 'Physician ', 'Physician Resident Progress Note', roundNote(stay, care, minute, random), resident)
      }
      for (let time = icu.from + 9 * HOUR; time < icu.to; time += 12 * HOUR) {
        const minute = Math.round(time / MINUTE) * MINUTE
        write(stay, minute, true, category!, description!, shiftNote(stay, care, minute, random), nurse(hospital, icu, time))
      }
    }
  }
}

function summary(person: Person, stay: Stay, care: Care): string {
  const years = Math.floor((stay.admit - person.birth) / DAY / 365.2425)
  const who = `${years > 89 ? '[**Age over 90 **]' : years} year old ${person.gender === 'F' ? 'woman' : 'man'}`
  const titles = stay.codes.flatMap((code) => ICD9[code]?.[1] ?? [])
  const done = care.operations.flatMap(({ code }) => ICD9_PROCEDURES[code]?.[1] ?? [])
  const tablets = care.courses.flatMap(({ name, to }) => {
    const { order }: Medicine = MEDICINES[name]
    return order !== undefined && order.route === 'PO' && to >= stay.discharge
      ? [`${order.drug} ${order.dose} ${order.unit} ${order.route}`]
      : []
  })
  const { onset, better, worse } = stay.story.notes
  const unit = stay.icu[0]?.firstUnit
  const course = [
    onset[0]!,
    ...(unit === undefined ? [] : [`Admitted to the ${unit}.`]),
    ...(care.breathing.tube === undefined ? [] : ['Ventilated through a tube.']),
    ...(care.shock === undefined ? [] : ['Mean pressure below 65 in spite of fluids, held with norepinephrine.']),
    ...stay.complications.map(({ complication }) => complication.note),
    stay.death === undefined ? better.at(-1)! : worse.at(-1)!
  ]
  return [
    `Admission Date:  [**${dateText(stay.admit)}**]       Discharge Date:  [**${dateText(stay.discharge)}**]`,
    `Date of Birth:  [**${dateText(person.shownBirth)}**]       Sex:  ${person.gender}`,
    `Service:  ${stay.story.services[0]}`,
    '',
    `Chief Complaint:\n${stay.complaint}`,
    '',
    `History of Present Illness:\nA ${who} brought to [**Hospital1 18**] with: ${stay.complaint.toLowerCase()}.`,
    '',
    `Major Surgical or Invasive Procedure:\n${done.length > 0 ? done.map((one, i) => `${i + 1}. ${one}`).join('\n') : 'None'}`,
    '',
    `Brief Hospital Course:\n${course.join('\n')}`,
    '',
    `Discharge Diagnosis:\n${titles.slice(0, 6).join('\n')}`,
    '',
    ...(stay.death === undefined
      ? [`Discharge Medications:\n${tablets.map((one, i) => `${i + 1}. ${one}`).join('\n') || 'None'}`, '']
      : []),
    `Discharge Disposition:\n${stay.death === undefined ? stay.wentTo : 'Expired'}`
  ].join('\n')
}

function trace(stay: Stay, random: Random): string {
  const rate = Math.round(stay.levels(stay.arrival).heartRate)
  if (stay.codes.includes('42731'))
    return `Atrial fibrillation, ventricular rate ${rate}. Compared with the earlier tracing no other change.`
  if (stay.story.name === 'heart-attack') return `Sinus rhythm, rate ${rate}. ST segment changes that fit an acute infarction.`
  return `Sinus ${rate > 100 ? 'tachycardia' : 'rhythm'}, rate ${rate}. ${random.pick(['Normal tracing.', 'Non-specific ST-T changes.', 'Left axis deviation.'])}`
}

function picture(stay: Stay, care: Care, time: number): string {
  const { tube } = care.breathing
  const inPlace = tube !== undefined && time >= tube.from && time < tube.to ? 'Endotracheal tube 4 cm above the carina. ' : ''
  const lungs =
    {
      pneumonia: 'Consolidation of the right lower lobe.',
      'heart-failure': 'Vessels engorged, small effusions on both sides.',
      copd: 'Lungs over-inflated, no consolidation.'
    }[stay.story.name] ?? 'No focal consolidation, heart not enlarged.'
  return `FINAL REPORT\nPORTABLE CHEST, [**${dateText(startOfDay(time))}**]\n\nHISTORY: ${stay.complaint.toLowerCase()}.\n\nFINDINGS: ${inPlace}${lungs}`
}

function roundNote(stay: Stay, care: Care, time: number, random: Random): string {
  const levels = stay.levels(time)
  const signs = signsAt(stay, care, time, random)
  const shock = care.shock !== undefined && time >= care.shock.treated && time < care.shock.to
  const problems = [
    stay.complaint.toLowerCase(),
    ...(shock ? ['shock, on vasopressors, goal mean pressure 65'] : []),
    ...(levels.creatinine > 1.8 ? [`kidney injury, creatinine about ${levels.creatinine.toFixed(1)}`] : []),
    ...(levels.saturation < 93 ? ['needs oxygen'] : [])
  ]
  return [
    `24 Hour Events: ${random.pick(['none', 'lines changed', 'seen by the family', 'slept badly'])}.`,
    `Tcurrent: ${signs.temperature.toFixed(1)} C, HR ${signs.heartRate}, BP ${signs.systolic}/${signs.diastolic} (${signs.mean}), SpO2 ${signs.saturation}%.`,
    `Assessment and Plan:\n${problems.map((one) => `- ${one}`).join('\n')}`,
    `Code status: ${stay.codes.includes('V4986') ? 'DNR / DNI' : 'Full code'}`
  ].join('\n')
}

function shiftNote(stay: Stay, care: Care, time: number, random: Random): string {
  const signs = signsAt(stay, care, time, random)
  const running = care.infusions.filter(({ from, to }) => time >= from && time < to).map(({ name }) => name)
  const { tube } = care.breathing
  const asleep = tube !== undefined && time >= tube.from && time < tube.to
  const lines =
    time - stay.admit < 1.2 * DAY ? stay.story.notes.onset : stay.death === undefined ? stay.story.notes.better : stay.story.notes.worse
  return [
    `Neuro: ${asleep ? 'sedated, opens eyes to voice' : 'alert, follows commands'}.`,
    `CV: HR ${signs.heartRate}, BP ${signs.systolic}/${signs.diastolic}, temp ${signs.temperature.toFixed(1)} C.${running.length > 0 ? ` Running: ${running.join(', ')}.` : ''}`,
    `Resp: ${asleep ? 'on the ventilator' : 'breathing without support'}, SpO2 ${signs.saturation}%, RR ${signs.respiratoryRate}.`,
    random.pick(lines),
    'Plan: continue as ordered, [**Name (NI) 12**] (family) informed.'
  ].join('\n')
}
