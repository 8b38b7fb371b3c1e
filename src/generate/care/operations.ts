/** Operations and procedures of a stay as the coders list them, with the time they happened (which PROCEDURES_ICD does not say). */

import { DAY, HOUR, MINUTE } from '../calendar.js'
import type { Random } from '../random.js'
import type { IcuStay, Stay } from '../stay.js'
import type { Operation } from '../treatment.js'
import type { Breathing } from './breathing.js'

export interface Done {
  /** ICD-9-CM, without dot. */
  readonly code: string
  readonly time: number
}

export function operationsOf(
  stay: Stay,
  { tube, mask }: Breathing,
  lines: ReadonlyMap<IcuStay, { readonly arterial: boolean; readonly central: boolean }>,
  random: Random
): Done[] {
  const list: Done[] = []
  function add(code: string, time: number): void {
    const minute = Math.round(time / MINUTE) * MINUTE
    if (minute < stay.discharge && !list.some((done) => done.code === code)) list.push({ code, time: Math.max(minute, stay.arrival) })
  }
  function carryOut(operations: readonly Operation[] | undefined, illness: number): void {
    for (const { code, chance = 1, day, only } of operations ?? []) {
      if (only !== undefined && !only.includes(stay.codes[0]!)) continue
      if (random.chance(chance)) add(code, illness + day * DAY)
    }
  }
  carryOut(stay.story.treatment.operations, stay.arrival)
  for (const { complication, from } of stay.complications) carryOut(complication.treatment?.operations, from)
  if (tube !== undefined) {
    add(tube.to - tube.from >= 96 * HOUR ? '9672' : '9671', tube.from)
    if (stay.story.name !== 'cardiac-surgery') add('9604', tube.from)
    if (tube.to - tube.from > 48 * HOUR) add('966', tube.from + 20 * HOUR)
  }
  if (mask !== undefined) add('9390', mask.from)
  for (const [icu, { arterial, central }] of lines) {
    if (central) add('3893', icu.from + 40 * MINUTE)
    if (arterial && random.chance(0.5)) add('3891', icu.from + 30 * MINUTE)
  }
  return list
}
