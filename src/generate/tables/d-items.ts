import type { Table } from '../table.js'
import { CHART, LAB_COPIES, PRESSURES } from '../vocabulary/chart-items.js'
import { FLUIDS, POTASSIUM_IN_BAG } from '../vocabulary/fluids.js'
import type { Item, Pair } from '../vocabulary/items.js'
import { MEDICINES, type Medicine } from '../vocabulary/medicines.js'
import { MICROBIOLOGY_ITEMS } from '../vocabulary/microbes.js'
import { ACTS, DATES, OUTPUTS } from '../vocabulary/procedures.js'

/** Every item an event of this hospital can have, once, by number. */
const ITEMS: readonly Item[] = [
  ...new Map(
    [
      ...pairs(...Object.values(CHART), ...Object.values(PRESSURES.arterial), ...Object.values(PRESSURES.cuff)),
      ...Object.values(LAB_COPIES).flatMap(({ again, ...pair }) => [...pairs(pair), ...(again === undefined ? [] : [again])]),
      ...Object.values(MEDICINES).flatMap(({ drip, push }: Medicine) => [
        ...pairs(drip?.items ?? {}),
        ...(push === undefined ? [] : [push.item])
      ]),
      ...pairs(...Object.values(FLUIDS), ...Object.values(DATES), ...Object.values(OUTPUTS)),
      POTASSIUM_IN_BAG,
      ...Object.values(ACTS),
      ...MICROBIOLOGY_ITEMS
    ].map((item) => [item.itemid, item] as const)
  ).values()
].sort((a, b) => a.itemid - b.itemid)

function pairs(...list: readonly Pair[]): Item[] {
  return list.flatMap(({ carevue, metavision }) => [carevue, metavision].filter((item) => item !== undefined))
}

export const dItems: Table = {
  name: 'd_items',
  columns: ['row_id', 'itemid', 'label', 'abbreviation', 'dbsource', 'linksto', 'category', 'unitname', 'param_type', 'conceptid'],
  fixed(_hospital, rows) {
    for (const { itemid, label, abbreviation, dbsource, linksto, category, unit, type } of ITEMS) {
      rows.row([rows.nextRow, itemid, label, abbreviation, dbsource, linksto, category, dbsource === 'metavision' ? unit : '', type, ''])
    }
  }
}
