/** Specimens, organisms and antibiotics of the laboratory of microbes, and how an organism answers to an antibiotic. */

import type { Weighted } from '../random.js'
import { type Item, microbiology } from './items.js'

export const SPECIMENS = {
  blood: microbiology(70012, 'BLOOD CULTURE', 'SPECIMEN'),
  urine: microbiology(70079, 'URINE', 'SPECIMEN'),
  sputum: microbiology(70062, 'SPUTUM', 'SPECIMEN'),
  stool: microbiology(70064, 'STOOL', 'SPECIMEN'),
  swab: microbiology(70070, 'SWAB', 'SPECIMEN'),
  screen: microbiology(70091, 'MRSA SCREEN', 'SPECIMEN'),
  serology: microbiology(70017, 'SEROLOGY/BLOOD', 'SPECIMEN')
} as const

export type SpecimenName = keyof typeof SPECIMENS

const ANTIBIOTICS = {
  gentamicin: microbiology(90012, 'GENTAMICIN', 'ANTIBACTERIUM'),
  sulfa: microbiology(90008, 'TRIMETHOPRIM/SULFA', 'ANTIBACTERIUM'),
  ceftazidime: microbiology(90017, 'CEFTAZIDIME', 'ANTIBACTERIUM'),
  ceftriaxone: microbiology(90018, 'CEFTRIAXONE', 'ANTIBACTERIUM'),
  cefepime: microbiology(90028, 'CEFEPIME', 'ANTIBACTERIUM'),
  ciprofloxacin: microbiology(90019, 'CIPROFLOXACIN', 'ANTIBACTERIUM'),
  meropenem: microbiology(90029, 'MEROPENEM', 'ANTIBACTERIUM'),
  piperacillin: microbiology(90026, 'PIPERACILLIN/TAZO', 'ANTIBACTERIUM'),
  levofloxacin: microbiology(90025, 'LEVOFLOXACIN', 'ANTIBACTERIUM'),
  ampicillin: microbiology(90004, 'AMPICILLIN', 'ANTIBACTERIUM'),
  cefazolin: microbiology(90005, 'CEFAZOLIN', 'ANTIBACTERIUM'),
  vancomycin: microbiology(90015, 'VANCOMYCIN', 'ANTIBACTERIUM'),
  oxacillin: microbiology(90016, 'OXACILLIN', 'ANTIBACTERIUM'),
  erythromycin: microbiology(90006, 'ERYTHROMYCIN', 'ANTIBACTERIUM'),
  clindamycin: microbiology(90007, 'CLINDAMYCIN', 'ANTIBACTERIUM'),
  penicillin: microbiology(90002, 'PENICILLIN', 'ANTIBACTERIUM')
} as const

/** The concentration that stops the growth, as it is printed, and what it means. An empty one: read by eye, no concentration. */
type Answer = readonly [dilution: string, meaning: 'S' | 'I' | 'R']

export interface Organism {
  readonly item: Item
  readonly answers: readonly { readonly to: Item; readonly how: Weighted<Answer> }[]
}

function organism(itemid: number, name: string, answers: Partial<Record<keyof typeof ANTIBIOTICS, Weighted<Answer>>> = {}): Organism {
  const list = Object.entries(answers) as [keyof typeof ANTIBIOTICS, Weighted<Answer>][]
  return { item: microbiology(itemid, name, 'ORGANISM'), answers: list.map(([to, how]) => ({ to: ANTIBIOTICS[to], how })) }
}

const low: Weighted<Answer> = [
  [['<=1', 'S'], 9],
  [['2', 'S'], 1]
]
const quinolone: Weighted<Answer> = [
  [['<=0.25', 'S'], 7],
  [['0.5', 'S'], 1],
  [['=>4', 'R'], 2]
]

export const ORGANISMS = {
  coli: organism(80002, 'ESCHERICHIA COLI', {
    ampicillin: [
      [['=>32', 'R'], 5],
      [['<=2', 'S'], 4],
      [['8', 'S'], 1]
    ],
    cefazolin: [
      [['<=4', 'S'], 8],
      [['=>64', 'R'], 2]
    ],
    ceftriaxone: low,
    cefepime: low,
    ciprofloxacin: quinolone,
    gentamicin: [
      [['<=1', 'S'], 8],
      [['=>16', 'R'], 2]
    ],
    meropenem: [[['<=0.25', 'S'], 1]],
    piperacillin: [
      [['<=4', 'S'], 8],
      [['16', 'I'], 1]
    ],
    sulfa: [
      [['<=1', 'S'], 7],
      [['=>16', 'R'], 3]
    ]
  }),
  klebsiella: organism(80004, 'KLEBSIELLA PNEUMONIAE', {
    cefazolin: [
      [['<=4', 'S'], 7],
      [['=>64', 'R'], 3]
    ],
    ceftriaxone: low,
    cefepime: low,
    ciprofloxacin: quinolone,
    gentamicin: low,
    meropenem: [[['<=0.25', 'S'], 1]],
    piperacillin: [
      [['<=4', 'S'], 7],
      [['=>128', 'R'], 2],
      [['8', 'S'], 1]
    ]
  }),
  pseudomonas: organism(80026, 'PSEUDOMONAS AERUGINOSA', {
    cefepime: [
      [['2', 'S'], 4],
      [['8', 'S'], 3],
      [['16', 'I'], 2]
    ],
    ceftazidime: [
      [['4', 'S'], 5],
      [['=>64', 'R'], 2]
    ],
    ciprofloxacin: [
      [['<=0.25', 'S'], 4],
      [['2', 'I'], 2],
      [['=>4', 'R'], 3]
    ],
    gentamicin: [
      [['2', 'S'], 5],
      [['8', 'I'], 2],
      [['=>16', 'R'], 1]
    ],
    meropenem: [
      [['1', 'S'], 6],
      [['8', 'I'], 2],
      [['=>16', 'R'], 2]
    ]
  }),
  aureus: organism(80023, 'STAPH AUREUS COAG +', {
    clindamycin: [
      [['<=0.25', 'S'], 7],
      [['=>8', 'R'], 3]
    ],
    erythromycin: [
      [['<=0.25', 'S'], 5],
      [['=>8', 'R'], 5]
    ],
    gentamicin: [[['<=0.5', 'S'], 1]],
    levofloxacin: [
      [['<=0.12', 'S'], 8],
      [['=>8', 'R'], 2]
    ],
    oxacillin: [
      [['0.5', 'S'], 5],
      [['<=0.25', 'S'], 4],
      [['', 'S'], 1]
    ],
    penicillin: [[['=>0.5', 'R'], 1]]
  }),
  resistantAureus: organism(80023, 'STAPH AUREUS COAG +', {
    clindamycin: [
      [['=>8', 'R'], 7],
      [['<=0.25', 'S'], 3]
    ],
    erythromycin: [[['=>8', 'R'], 1]],
    gentamicin: [[['<=0.5', 'S'], 1]],
    levofloxacin: [
      [['=>8', 'R'], 8],
      [['4', 'I'], 2]
    ],
    oxacillin: [[['=>4', 'R'], 1]],
    penicillin: [[['=>0.5', 'R'], 1]],
    vancomycin: [
      [['<=1', 'S'], 8],
      [['1', 'S'], 2]
    ]
  }),
  pneumococcus: organism(80076, 'STREPTOCOCCUS PNEUMONIAE', {
    ceftriaxone: [[['<=0.06', 'S'], 1]],
    erythromycin: [
      [['<=0.25', 'S'], 7],
      [['=>1', 'R'], 3]
    ],
    levofloxacin: [[['<=0.5', 'S'], 1]],
    penicillin: [
      [['<=0.06', 'S'], 8],
      [['', 'S'], 2]
    ],
    vancomycin: [[['<=1', 'S'], 1]]
  }),
  enterococcus: organism(80053, 'ENTEROCOCCUS SP.', {
    ampicillin: [
      [['<=2', 'S'], 6],
      [['=>32', 'R'], 4]
    ],
    vancomycin: [
      [['<=1', 'S'], 6],
      [['2', 'S'], 2],
      [['>256', 'R'], 1],
      [['=>32', 'R'], 1]
    ]
  }),
  skinFlora: organism(80155, 'STAPHYLOCOCCUS, COAGULASE NEGATIVE'),
  yeast: organism(80075, 'YEAST'),
  difficile: organism(80139, 'CLOSTRIDIUM DIFFICILE'),
  carrier: organism(80293, 'POSITIVE FOR METHICILLIN RESISTANT STAPH AUREUS')
} as const

export type OrganismName = keyof typeof ORGANISMS

/** All items, each once. */
export const MICROBIOLOGY_ITEMS: readonly Item[] = [
  ...new Map(
    [...Object.values(SPECIMENS), ...Object.values(ORGANISMS).map(({ item }) => item), ...Object.values(ANTIBIOTICS)].map((item) => [
      item.itemid,
      item
    ])
  ).values()
]
