/** What a row of D_ITEMS says: item numbers, labels and units as the two bedside systems and the laboratory of microbes have them. */

export type System = 'carevue' | 'metavision'

export interface Item {
  readonly itemid: number
  readonly label: string
  readonly abbreviation: string
  readonly dbsource: System | 'hospital'
  readonly linksto: string
  readonly category: string
  /** As the rows of the events have it; the dictionary has a unit for MetaVision only. */
  readonly unit: string
  readonly type: string
}

/** One meaning, as each of the two systems writes it down; undefined where a system has no item for it. */
export interface Pair {
  readonly carevue?: Item
  readonly metavision?: Item
}

/** CareVue: a label and nothing else. */
export function carevue(itemid: number, label: string, unit = '', linksto = 'chartevents'): Item {
  return { itemid, label, abbreviation: '', dbsource: 'carevue', linksto, category: '', unit, type: '' }
}

/** MetaVision: a charted number. */
export function metavision(itemid: number, label: string, category: string, unit = '', abbreviation = label): Item {
  return { itemid, label, abbreviation, dbsource: 'metavision', linksto: 'chartevents', category, unit, type: 'Numeric' }
}

/** MetaVision: a charted choice of words. */
export function words(itemid: number, label: string, category: string, abbreviation = label): Item {
  return { ...metavision(itemid, label, category, '', abbreviation), type: 'Text' }
}

/** MetaVision: something given. */
export function given(itemid: number, label: string, category: string, unit: string, abbreviation = label): Item {
  return { itemid, label, abbreviation, dbsource: 'metavision', linksto: 'inputevents_mv', category, unit, type: 'Solution' }
}

/** MetaVision: something done. */
export function done(itemid: number, label: string, category: string): Item {
  return {
    itemid,
    label,
    abbreviation: label,
    dbsource: 'metavision',
    linksto: 'procedureevents_mv',
    category,
    unit: 'None',
    type: 'Process'
  }
}

/** MetaVision: a volume that left the body. */
export function output(itemid: number, label: string, category = 'Output'): Item {
  return { ...metavision(itemid, label, category, 'mL'), linksto: 'outputevents' }
}

/** MetaVision: a date. */
export function date(itemid: number, label: string, category: string, unit: 'Date' | 'Date and Time' = 'Date'): Item {
  return { itemid, label, abbreviation: label, dbsource: 'metavision', linksto: 'datetimeevents', category, unit, type: 'Date time' }
}

/** The laboratory of microbes: a specimen, an organism, an antibiotic. */
export function microbiology(itemid: number, label: string, category: 'SPECIMEN' | 'ORGANISM' | 'ANTIBACTERIUM'): Item {
  return { itemid, label, abbreviation: '', dbsource: 'hospital', linksto: 'microbiologyevents', category, unit: '', type: '' }
}
