/** Specimens sent to the laboratory of microbes, and what grew: the diagnoses say what must be found. */

import { DAY, HOUR, MINUTE } from '../calendar.js'
import type { Random, Weighted } from '../random.js'
import type { Stay } from '../stay.js'
import type { OrganismName, SpecimenName } from '../vocabulary/microbes.js'

export interface Culture {
  readonly specimen: SpecimenName
  readonly time: number
  /** Empty: nothing grew. */
  readonly grew: readonly OrganismName[]
}

type Growth = Weighted<OrganismName | undefined>

/** Where a diagnosis is looked for, how many times, and what grows. */
const SEARCHES: Readonly<Record<string, readonly (readonly [specimen: SpecimenName, times: number, grows: Growth])[]>> = {
  '03811': [
    [
      'blood',
      3,
      [
        ['aureus', 8],
        [undefined, 2]
      ]
    ]
  ],
  '03842': [
    [
      'blood',
      2,
      [
        ['coli', 8],
        [undefined, 2]
      ]
    ],
    [
      'urine',
      1,
      [
        ['coli', 9],
        [undefined, 1]
      ]
    ]
  ],
  '03849': [
    [
      'blood',
      2,
      [
        ['klebsiella', 5],
        ['pseudomonas', 3],
        [undefined, 2]
      ]
    ]
  ],
  '0389': [
    [
      'blood',
      3,
      [
        [undefined, 8],
        ['skinFlora', 1],
        ['enterococcus', 1]
      ]
    ]
  ],
  '48242': [
    [
      'sputum',
      1,
      [
        ['resistantAureus', 9],
        [undefined, 1]
      ]
    ],
    [
      'blood',
      2,
      [
        [undefined, 9],
        ['resistantAureus', 1]
      ]
    ]
  ],
  '4829': [
    [
      'sputum',
      1,
      [
        ['pseudomonas', 3],
        ['klebsiella', 3],
        [undefined, 4]
      ]
    ],
    ['blood', 2, [[undefined, 1]]]
  ],
  '486': [
    [
      'sputum',
      1,
      [
        [undefined, 6],
        ['pneumococcus', 3],
        ['yeast', 1]
      ]
    ],
    [
      'blood',
      2,
      [
        [undefined, 9],
        ['pneumococcus', 1]
      ]
    ]
  ],
  '5070': [
    [
      'sputum',
      1,
      [
        [undefined, 5],
        ['yeast', 3],
        ['aureus', 2]
      ]
    ]
  ],
  '5990': [
    [
      'urine',
      1,
      [
        ['coli', 6],
        ['enterococcus', 2],
        ['klebsiella', 1],
        [undefined, 1]
      ]
    ]
  ],
  '00845': [
    [
      'stool',
      1,
      [
        ['difficile', 9],
        [undefined, 1]
      ]
    ]
  ]
}

export function culturesOf(stay: Stay, random: Random): Culture[] {
  const cultures: Culture[] = []
  function add(specimen: SpecimenName, time: number, ...grew: OrganismName[]): void {
    const minute = Math.round(time / (5 * MINUTE)) * 5 * MINUTE
    if (minute < stay.discharge) cultures.push({ specimen, time: minute, grew })
  }
  for (const code of stay.codes) {
    const begin = stay.complications.find(({ complication }) => complication.codes.includes(code))?.from ?? stay.arrival
    for (const [specimen, times, grows] of SEARCHES[code] ?? []) {
      // What is in the blood is in every bottle, or nearly.
      const organism = random.choose(grows)
      for (let n = 0; n < times; n++) {
        const found = organism !== undefined && random.chance(0.85) ? [organism] : []
        add(specimen, Math.max(begin, stay.arrival) + random.whole(10, 70) * MINUTE + n * random.whole(5, 20) * MINUTE, ...found)
      }
      // Later bottles show that it is gone.
      if (organism !== undefined && specimen === 'blood') add('blood', begin + 2 * DAY + random.whole(0, 300) * MINUTE)
    }
  }
  if (stay.story.name === 'sepsis' && !cultures.some(({ specimen }) => specimen === 'urine')) {
    add('urine', stay.arrival + random.whole(20, 90) * MINUTE, ...(random.chance(0.1) ? (['yeast'] as const) : []))
  }
  for (const icu of stay.icu) {
    if (random.chance(0.7)) add('screen', icu.from + random.whole(30, 240) * MINUTE, ...(random.chance(0.08) ? (['carrier'] as const) : []))
    for (let time = icu.from + DAY; time < icu.to; time += DAY) {
      if (stay.levels(time).temperature > 38.2 && random.chance(0.6)) add('blood', time + random.whole(0, 8) * HOUR)
    }
  }
  if (random.chance(0.03)) add('serology', stay.arrival + DAY)
  return cultures.sort((a, b) => a.time - b.time)
}
