import { MINUTE, timeText } from '../calendar.js'
import type { Table } from '../table.js'

export const services: Table = {
  name: 'services',
  columns: ['row_id', 'subject_id', 'hadm_id', 'transfertime', 'prev_service', 'curr_service'],
  of(person, rows, random) {
    for (const stay of person.stays) {
      const [first, later, chance = 0] = stay.story.services
      rows.row([rows.nextRow, person.subjectId, stay.hadmId, timeText(stay.admit + random.whole(20, 400)), '', first])
      if (later === undefined || !random.chance(chance)) continue
      const when = Math.round(random.between(stay.admit + (stay.discharge - stay.admit) * 0.3, stay.discharge) / MINUTE) * MINUTE
      rows.row([rows.nextRow, person.subjectId, stay.hadmId, timeText(when), first, later])
    }
  }
}
