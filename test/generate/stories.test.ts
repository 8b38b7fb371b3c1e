import { join } from 'node:path'
import t from 'tap'
import { generateHospital } from '#wardbridge/generate/index.js'
import { STORIES } from '#wardbridge/generate/stories/index.js'
import { ICD9 } from '#wardbridge/generate/vocabulary/icd9.js'
import { by, median, read } from './hospital.js'

const ITEMS = {
  lactate: '50813',
  leukocytes: '51301',
  glucose: '50931',
  anionGap: '50868',
  bicarbonate: '50882',
  ph: '50820',
  carbonDioxide: '50818',
  haemoglobin: '51222',
  urea: '51006',
  creatinine: '50912',
  troponin: '51003',
  natriureticPeptide: '50963',
  reactiveProtein: '50889',
  platelets: '51265',
  sodium: '50983'
} as const

type Item = keyof typeof ITEMS

const out = join(t.testdir(), 'hospital')
await generateHospital({ patients: 900, seed: 3, out, charting: 720 })
const storyOf = new Map(STORIES.flatMap((story) => story.principal.map(([code]) => [code, story.name] as const)))
const principal = new Map(
  read(out, 'diagnoses_icd')
    .rows.filter((row) => row['seq_num'] === '1')
    .map((row) => [row['hadm_id']!, row['icd9_code']!])
)
const admissions = read(out, 'admissions').rows
const results = by(
  read(out, 'labevents').rows.filter((row) => row['hadm_id'] !== '' && row['valuenum'] !== ''),
  'hadm_id'
)

/** Medians of the first and the last result of the stays of a story, where there are two at least. */
function course(story: string, item: Item, died: boolean): { first: number; last: number; stays: number } {
  const first: number[] = []
  const last: number[] = []
  for (const row of admissions) {
    if (storyOf.get(principal.get(row['hadm_id']!)!) !== story || (row['hospital_expire_flag'] === '1') !== died) continue
    const values = (results.get(row['hadm_id']!) ?? [])
      .filter((result) => result['itemid'] === ITEMS[item])
      .map((result) => Number(result['valuenum']))
    if (values.length < 2) continue
    first.push(values[0]!)
    last.push(values.at(-1)!)
  }
  return { first: median(first), last: median(last), stays: first.length }
}

t.test('every code a story uses is in the dictionary, and a principal diagnosis belongs to one story', async (t) => {
  for (const story of STORIES) {
    const codes = [...story.principal, ...story.associated].map(([code]) => code)
    for (const code of [...codes, ...story.complications.flatMap(([complication]) => complication.codes)])
      t.ok(ICD9[code], `${story.name} ${code}`)
    for (const code of Object.keys(story.complaintsOf ?? {}))
      t.ok(
        story.principal.some(([known]) => known === code),
        `${story.name} ${code}`
      )
  }
  const principals = STORIES.flatMap((story) => story.principal.map(([code]) => code))
  t.equal(new Set(principals).size, principals.length)
  for (const story of STORIES)
    t.ok(
      [...principal.values()].some((code) => storyOf.get(code) === story.name),
      `${story.name} occurs`
    )
})

/** What is typical: how the first result compares with a limit, and where it goes in those who live. */
const TYPICAL: readonly [story: string, item: Item, first: 'above' | 'below', limit: number, then: 'falls' | 'rises' | 'stays'][] = [
  ['sepsis', 'lactate', 'above', 2.5, 'falls'],
  ['sepsis', 'leukocytes', 'above', 12, 'falls'],
  ['sepsis', 'bicarbonate', 'below', 23, 'rises'],
  ['dka', 'glucose', 'above', 300, 'falls'],
  ['dka', 'anionGap', 'above', 22, 'falls'],
  ['dka', 'bicarbonate', 'below', 18, 'rises'],
  ['dka', 'ph', 'below', 7.34, 'rises'],
  ['dka', 'sodium', 'below', 137, 'rises'],
  ['copd', 'carbonDioxide', 'above', 55, 'falls'],
  ['copd', 'ph', 'below', 7.33, 'rises'],
  ['pneumonia', 'leukocytes', 'above', 11.5, 'falls'],
  ['heart-failure', 'natriureticPeptide', 'above', 5000, 'falls'],
  ['gi-bleed', 'haemoglobin', 'below', 10.5, 'stays'],
  ['gi-bleed', 'urea', 'above', 26, 'falls'],
  ['heart-attack', 'troponin', 'above', 0.5, 'stays'],
  ['hip-fracture', 'haemoglobin', 'above', 10.5, 'falls'],
  ['cardiac-surgery', 'haemoglobin', 'above', 11, 'falls'],
  ['cardiac-surgery', 'platelets', 'above', 200, 'falls'],
  ['elective-surgery', 'haemoglobin', 'above', 11, 'falls']
]

for (const [story, item, side, limit, then] of TYPICAL) {
  t.test(`${story}: ${item} begins ${side} ${limit} and ${then} in those who live`, async (t) => {
    const { first, last, stays } = course(story, item, false)
    t.ok(stays >= 20, `${stays} stays`)
    t.ok(side === 'above' ? first > limit : first < limit, `first ${first}`)
    if (then === 'falls') t.ok(last < first * 0.97 || (item === 'ph' && last < first), `last ${last}, first ${first}`)
    if (then === 'rises') t.ok(last > first, `last ${last}, first ${first}`)
  })
}

t.test('in those who die of sepsis lactate, white cells and creatinine worsen', async (t) => {
  for (const item of ['lactate', 'leukocytes', 'creatinine'] as const) {
    const { first, last, stays } = course('sepsis', item, true)
    t.ok(stays >= 20, `${stays} stays`)
    t.ok(last > first * 1.1, `${item} ${first} to ${last}`)
  }
  const alive = course('sepsis', 'lactate', false)
  t.ok(alive.last < 2.1, `lactate of survivors ends at ${alive.last}`)
})

t.test('acute kidney injury shows in creatinine and urea', async (t) => {
  const injured = new Set(
    read(out, 'diagnoses_icd')
      .rows.filter((row) => row['icd9_code'] === '5849')
      .map((row) => row['hadm_id']!)
  )
  const peak = (hadm: string) =>
    Math.max(...(results.get(hadm) ?? []).filter((row) => row['itemid'] === ITEMS.creatinine).map((row) => Number(row['valuenum'])))
  const hadms = [...results.keys()]
  const withInjury = median(hadms.filter((hadm) => injured.has(hadm)).map(peak))
  const without = median(hadms.filter((hadm) => !injured.has(hadm)).map(peak))
  t.ok(withInjury > 2.2 && without < 1.6, `peak ${withInjury} against ${without}`)
})

t.test('sepsis kills more often than a planned operation', async (t) => {
  const mortality = (story: string) => {
    const stays = admissions.filter((row) => storyOf.get(principal.get(row['hadm_id']!)!) === story)
    return stays.filter((row) => row['hospital_expire_flag'] === '1').length / stays.length
  }
  t.ok(mortality('sepsis') > 0.18 && mortality('sepsis') < 0.42, `sepsis ${mortality('sepsis')}`)
  t.ok(mortality('elective-surgery') < 0.06, `elective surgery ${mortality('elective-surgery')}`)
})
