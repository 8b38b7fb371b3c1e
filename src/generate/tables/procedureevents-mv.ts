import { DAY, HOUR, MINUTE, timeText } from '../calendar.js'
import type { Random } from '../random.js'
import type { Table } from '../table.js'
import type { Item } from '../vocabulary/items.js'
import { ACTS } from '../vocabulary/procedures.js'
import { Bedside, nurse, orderNumber, stored, type Watch, watches } from './bedside-rows.js'

/** Lines and machines with beginning and end, acts and events at one time: the newer bedside system only. */
export const procedureeventsMv: Table = {
  name: 'procedureevents_mv',
  columns: [
    'row_id',
    'subject_id',
    'hadm_id',
    'icustay_id',
    'starttime',
    'endtime',
    'itemid',
    'value',
    'valueuom',
    'location',
    'locationcategory',
    'storetime',
    'cgid',
    'orderid',
    'linkorderid',
    'ordercategoryname',
    'secondaryordercategoryname',
    'ordercategorydescription',
    'isopenbag',
    'continueinnextdept',
    'cancelreason',
    'statusdescription',
    'comments_editedby',
    'comments_canceledby',
    'comments_date'
  ],
  of(person, rows, random, hospital) {
    if (person.dbsource !== 'metavision') return
    for (const watch of watches(person)) acts(new Log(rows, random, hospital, person, watch), watch, random)
  }
}

function acts(log: Log, { stay, care, icu }: Watch, random: Random): void {
  const { breathing, lines, cultures, operations } = care
  const soon = () => icu.from + random.whole(10, 60) * MINUTE
  log.lasting(
    random.chance(0.5) ? ACTS.gauge18 : ACTS.gauge20,
    soon(),
    icu.to,
    'Peripheral Lines',
    random.pick(PERIPHERAL),
    'Peripheral - old'
  )
  const line = lines.get(icu)
  if (line?.arterial) log.lasting(ACTS.arterialLine, soon(), icu.to, 'Invasive Lines', random.pick(ARTERIES), 'Invasive Arterial')
  if (line?.central) log.lasting(ACTS.centralLine, soon(), icu.to, 'Invasive Lines', random.pick(VEINS), 'Invasive Venous')
  const { tube, mask } = breathing
  if (tube?.icu === icu) {
    if (tube.from > icu.from) log.once(ACTS.intubation, tube.from, 'Intubation/Extubation')
    log.lasting(ACTS.ventilation, tube.from, tube.to, 'Ventilation')
    if (stay.death !== tube.to) log.once(ACTS.extubation, tube.to, 'Intubation/Extubation')
  }
  if (mask?.icu === icu) log.lasting(ACTS.maskVentilation, mask.from, mask.to, 'Ventilation')
  if (stay.story.name === 'cardiac-surgery' || stay.story.name === 'elective-surgery')
    log.once(ACTS.fromTheatre, icu.from + 5 * MINUTE, 'Significant Events')
  for (let time = soon(); time < icu.to; time += DAY) log.once(ACTS.xray, time, 'Imaging')
  if (random.chance(0.6)) log.once(ACTS.electrocardiogram, soon(), 'Procedures')
  for (const { specimen, time } of cultures) {
    const act = { blood: ACTS.bloodCulture, urine: ACTS.urineCulture, sputum: ACTS.sputumCulture }[specimen as string]
    if (act !== undefined && time >= icu.from && time < icu.to) log.once(act, time, 'Procedures')
  }
  const seen = { '4443': ACTS.endoscopy, '4513': ACTS.endoscopy, '4233': ACTS.endoscopy, '8872': ACTS.echo, '8703': ACTS.scan } as Record<
    string,
    Item
  >
  for (const { code, time } of operations) {
    const act = seen[code]
    if (act !== undefined && time >= icu.from && time < icu.to) log.once(act, time, code === '8703' ? 'Imaging' : 'Procedures')
  }
  if (stay.death === icu.to) {
    log.once(ACTS.familyInformed, Math.max(icu.from, icu.to - 3 * HOUR), 'Communication')
    if (care.comfortFrom === undefined && random.chance(0.5)) log.once(ACTS.arrest, icu.to - 25 * MINUTE, 'Significant Events')
  }
}

class Log extends Bedside {
  /** The value is how long it lasted, in minutes. What is still there when the unit is left stays an open order. */
  lasting(item: Item, from: number, to: number, category: string, location = '', locationCategory = ''): void {
    const begin = Math.round(from / MINUTE) * MINUTE
    const end = Math.round(to / MINUTE) * MINUTE
    if (end > begin)
      this.#write(
        item,
        begin,
        end,
        (end - begin) / MINUTE,
        'min',
        [category, 'Task'],
        location,
        locationCategory,
        to === this.watch.icu.to ? 1 : 0
      )
  }

  once(item: Item, time: number, category: string): void {
    const begin = Math.round(time / MINUTE) * MINUTE
    this.#write(item, begin, begin + MINUTE, 1, 'None', [category, 'Electrolytes'], '', '', 0)
  }

  #write(
    item: Item,
    from: number,
    to: number,
    value: number,
    unit: string,
    [category, kind]: readonly [string, string],
    location: string,
    locationCategory: string,
    open: 0 | 1
  ): void {
    const { icu } = this.watch
    const order = orderNumber(this.rows.nextRow)
    const rewritten = this.random.chance(0.035)
    const store = stored(from, this.random)
    this.rows.row([
      ...this.head,
      timeText(from),
      timeText(to),
      item.itemid,
      value,
      unit,
      location,
      locationCategory,
      timeText(store),
      nurse(this.hospital, icu, from),
      order,
      order,
      category,
      '',
      kind,
      open,
      0,
      rewritten ? 1 : 0,
      rewritten ? 'Rewritten' : 'FinishedRunning',
      '',
      rewritten ? 'RN' : '',
      rewritten ? timeText(store + 3 * MINUTE) : ''
    ])
  }
}

/** With the blanks and full stops of the source. */
const PERIPHERAL = ['L Antecube', 'R Antecube', 'LL Ant Forearm', 'R Wrist', 'L Hand ']
const ARTERIES = ['Right Radial', 'Left Radial', 'Right Radial']
const VEINS = ['Right IJ', 'Left IJ', 'Right Femoral.', 'Right Antecube ']
