/** Who comes to this hospital: the values of the demographic columns as the source writes them, and how they go together. */

import type { Weighted } from '../random.js'

interface Group {
  readonly ethnicity: Weighted<string>
  readonly language: Weighted<string>
  readonly religion: Weighted<string>
}

const christian: Weighted<string> = [
  ['CATHOLIC', 40],
  ['PROTESTANT QUAKER', 16],
  ['NOT SPECIFIED', 18],
  ['UNOBTAINABLE', 8],
  ['EPISCOPALIAN', 2],
  ['BAPTIST', 1],
  ['METHODIST', 1],
  ["JEHOVAH'S WITNESS", 1],
  ['OTHER', 5],
  ['', 3]
]

/** Language, religion and ethnicity are drawn together: a group, then its values. */
export const GROUPS: Weighted<Group> = [
  [
    {
      ethnicity: [['WHITE', 100]],
      language: [
        ['ENGL', 72],
        ['', 22],
        ['ITAL', 1.5],
        ['GREE', 1],
        ['FREN', 0.5],
        ['ALBA', 0.5],
        ['GERM', 0.3]
      ],
      religion: [
        ...christian,
        ['JEWISH', 12],
        ['CHRISTIAN SCIENTIST', 1],
        ['UNITARIAN-UNIVERSALIST', 1],
        ['GREEK ORTHODOX', 2],
        ['LUTHERAN', 1]
      ]
    },
    64
  ],
  [
    {
      ethnicity: [
        ['WHITE - RUSSIAN', 70],
        ['WHITE - EASTERN EUROPEAN', 20],
        ['WHITE', 10]
      ],
      language: [
        ['RUSS', 75],
        ['ENGL', 15],
        ['POLI', 10]
      ],
      religion: [
        ['JEWISH', 50],
        ['ROMANIAN EAST. ORTH', 15],
        ['CATHOLIC', 15],
        ['NOT SPECIFIED', 20]
      ]
    },
    4
  ],
  [
    {
      ethnicity: [
        ['BLACK/AFRICAN AMERICAN', 80],
        ['BLACK/HAITIAN', 7],
        ['BLACK/CAPE VERDEAN', 8],
        ['BLACK/AFRICAN', 5]
      ],
      language: [
        ['ENGL', 74],
        ['', 14],
        ['HAIT', 6],
        ['CAPE', 5],
        ['SOMA', 1]
      ],
      religion: [...christian, ['MUSLIM', 3], ['7TH DAY ADVENTIST', 2]]
    },
    12
  ],
  [
    {
      ethnicity: [
        ['HISPANIC OR LATINO', 50],
        ['HISPANIC/LATINO - PUERTO RICAN', 28],
        ['HISPANIC/LATINO - DOMINICAN', 12],
        ['HISPANIC/LATINO - GUATEMALAN', 4],
        ['HISPANIC/LATINO - SALVADORAN', 3],
        ['HISPANIC/LATINO - MEXICAN', 3]
      ],
      language: [
        ['SPAN', 66],
        ['ENGL', 28],
        ['', 6]
      ],
      religion: [
        ['CATHOLIC', 70],
        ['NOT SPECIFIED', 18],
        ['UNOBTAINABLE', 6],
        ["JEHOVAH'S WITNESS", 3],
        ['', 3]
      ]
    },
    7
  ],
  [
    {
      ethnicity: [
        ['ASIAN', 40],
        ['ASIAN - CHINESE', 36],
        ['ASIAN - VIETNAMESE', 8],
        ['ASIAN - ASIAN INDIAN', 8],
        ['ASIAN - CAMBODIAN', 4],
        ['ASIAN - KOREAN', 2],
        ['ASIAN - JAPANESE', 2]
      ],
      language: [
        ['CANT', 34],
        ['MAND', 22],
        ['ENGL', 30],
        ['VIET', 8],
        ['*BEN', 2],
        ['HIND', 4]
      ],
      religion: [
        ['BUDDHIST', 24],
        ['NOT SPECIFIED', 44],
        ['CATHOLIC', 16],
        ['HINDU', 7],
        ['OTHER', 9]
      ]
    },
    5
  ],
  [
    {
      ethnicity: [
        ['OTHER', 46],
        ['PORTUGUESE', 18],
        ['MIDDLE EASTERN', 10],
        ['MULTI RACE ETHNICITY', 10],
        ['AMERICAN INDIAN/ALASKA NATIVE', 8],
        ['NATIVE HAWAIIAN OR OTHER PACIFIC ISLANDER', 4],
        ['CARIBBEAN ISLAND', 4]
      ],
      language: [
        ['ENGL', 60],
        ['PTUN', 16],
        ['ARAB', 8],
        ['PERS', 4],
        ['', 12]
      ],
      religion: [...christian, ['MUSLIM', 9]]
    },
    4
  ],
  [
    {
      ethnicity: [
        ['UNKNOWN/NOT SPECIFIED', 74],
        ['UNABLE TO OBTAIN', 16],
        ['PATIENT DECLINED TO ANSWER', 10]
      ],
      language: [
        ['', 66],
        ['ENGL', 34]
      ],
      religion: [
        ['UNOBTAINABLE', 45],
        ['NOT SPECIFIED', 45],
        ['', 10]
      ]
    },
    9
  ]
]

/** Marital status at an age. */
export function maritalStatus(age: number): Weighted<string> {
  const widowed = age < 50 ? 1 : (age - 45) * 1.1
  return [
    ['MARRIED', age < 28 ? 12 : 50],
    ['SINGLE', age < 35 ? 70 : 20],
    ['WIDOWED', widowed],
    ['DIVORCED', age < 30 ? 2 : 8],
    ['SEPARATED', 1.5],
    ['LIFE PARTNER', 0.5],
    ['UNKNOWN (DEFAULT)', 3],
    ['', 6]
  ]
}

/** Insurance at an age. */
export function insurance(age: number): Weighted<string> {
  return age >= 65
    ? [
        ['Medicare', 90],
        ['Private', 8],
        ['Medicaid', 2]
      ]
    : [
        ['Private', 58],
        ['Medicaid', 20],
        ['Medicare', 12],
        ['Government', 6],
        ['Self Pay', 4]
      ]
}
