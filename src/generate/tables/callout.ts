import { HOUR, MINUTE, timeText } from '../calendar.js'
import type { Person } from '../person.js'
import type { Random } from '../random.js'
import type { Rows, Table } from '../table.js'
import type { Watch } from './bedside-rows.js'
import { watches } from './bedside-rows.js'

/** A unit asks for a bed on a ward; now and then it takes the question back and asks again later. */
export const callout: Table = {
  name: 'callout',
  columns: [
    'row_id',
    'subject_id',
    'hadm_id',
    'submit_wardid',
    'submit_careunit',
    'curr_wardid',
    'curr_careunit',
    'callout_wardid',
    'callout_service',
    'request_tele',
    'request_resp',
    'request_cdiff',
    'request_mrsa',
    'request_vre',
    'callout_status',
    'callout_outcome',
    'discharge_wardid',
    'acknowledge_status',
    'createtime',
    'updatetime',
    'acknowledgetime',
    'outcometime',
    'firstreservationtime',
    'currentreservationtime'
  ],
  of(person, rows, random) {
    for (const watch of watches(person)) {
      const next = watch.care.places.find((place) => place.from === watch.icu.to)
      if (next === undefined || watch.icu.to - watch.icu.from < 14 * HOUR || !random.chance(0.75)) continue
      if (random.chance(0.08)) {
        const asked = watch.icu.to - random.whole(11, 13) * HOUR + random.whole(0, 59) * MINUTE
        request(person, watch, undefined, asked, asked + random.whole(90, 300) * MINUTE, rows, random)
      }
      request(person, watch, next.ward, watch.icu.to - random.whole(3 * 60, 9 * 60) * MINUTE, watch.icu.to, rows, random)
    }
  }
}

function request(
  person: Person,
  { stay, icu, care }: Watch,
  ward: number | undefined,
  asked: number,
  done: number,
  rows: Rows,
  random: Random
): void {
  const created = asked + random.whole(0, 59)
  const revised = random.chance(0.05)
  const updated = revised ? created + random.whole(20, 80) * MINUTE : created
  const cardiac = /CMED|CSURG/.test(stay.story.services[0])
  const carrier = care.cultures.some(({ grew }) => grew.includes('carrier') || grew.includes('resistantAureus'))
  const reserved = random.chance(0.5) ? created + Math.round((done - created) * random.between(0.3, 0.8)) : undefined
  rows.row([
    rows.nextRow,
    person.subjectId,
    stay.hadmId,
    icu.lastWard,
    // The unit that asks is mostly left empty.
    random.chance(0.1) ? icu.lastUnit : '',
    ward ?? icu.lastWard,
    icu.lastUnit,
    random.chance(0.8) ? 1 : (ward ?? 1),
    stay.story.services[0],
    cardiac || random.chance(0.3) ? 1 : 0,
    stay.story.name === 'copd' && random.chance(0.5) ? 1 : 0,
    stay.codes.includes('00845') ? 1 : 0,
    carrier ? 1 : 0,
    random.chance(0.02) ? 1 : 0,
    'Inactive',
    ward === undefined ? 'Cancelled' : 'Discharged',
    ward ?? '',
    revised ? 'Revised' : 'Acknowledged',
    timeText(created),
    timeText(updated),
    revised ? '' : timeText(created + random.whole(40, 3000)),
    timeText(done),
    timeText(reserved),
    reserved !== undefined && random.chance(0.1) ? timeText(reserved) : ''
  ])
}
