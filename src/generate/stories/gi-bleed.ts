import { count } from '../panels.js'
import type { Story } from '../story.js'
import { delirium, kidneyInjury } from './complications.js'

export const giBleed: Story = {
  name: 'gi-bleed',
  share: 10,
  age: [68, 15],
  arrival: [
    [['EMERGENCY', 'EMERGENCY ROOM ADMIT'], 84],
    [['EMERGENCY', 'TRANSFER FROM HOSP/EXTRAM'], 12],
    [['EMERGENCY', 'CLINIC REFERRAL/PREMATURE'], 4]
  ],
  complaints: ['GI BLEED', 'UPPER GI BLEED', 'MELENA,ANEMIA'],
  complaintsOf: { '56212': ['LOWER GI BLEED', 'BRIGHT RED BLOOD PER RECTUM'], '4560': ['UPPER GI BLEED', 'HEMATEMESIS'] },
  plainly: 'Bleeding from the stomach or bowel',
  principal: [
    ['53240', 26],
    ['53140', 20],
    ['56212', 22],
    ['4560', 10],
    ['5789', 22]
  ],
  associated: [
    ['2851', 0.9],
    ['5715', 0.08],
    ['V5861', 0.25],
    ['42731', 0.15],
    ['4589', 0.25],
    ['53081', 0.2]
  ],
  specialty: 'Gastroenterology',
  intensive: 0.65,
  units: [
    ['MICU', 88],
    ['SICU', 12]
  ],
  days: 4.5,
  mortality: 0.06,
  leaves: [
    ['HOME', 58],
    ['HOME HEALTH CARE', 20],
    ['SNF', 18],
    ['LEFT AGAINST MEDICAL ADVI', 4]
  ],
  disturbances: [
    { of: 'haemoglobin', by: -5.6, peak: 0.4, half: 5 },
    { of: 'urea', by: 32, half: 1.6 },
    { of: 'heartRate', by: 32, half: 0.8 },
    { of: 'systolic', by: -26, half: 0.7 },
    { of: 'diastolic', by: -12, half: 0.7 },
    { of: 'lactate', by: 1.6, half: 0.4 },
    { of: 'platelets', by: -35, peak: 1, half: 4 },
    { of: 'prothrombin', by: 2.5, half: 1 },
    { of: 'calcium', by: -0.5, peak: 0.5, half: 2 }
  ],
  complications: [
    [kidneyInjury, 0.14],
    [delirium, 0.06]
  ],
  workup: [],
  followUp: [{ panels: [count], everyHours: 6, days: 2 }],
  services: ['MED', 'SURG', 0.06],
  groups: {
    hcfa: ['174', 'GI HEMORRHAGE WITH COMPLICATIONS'],
    ms: ['378', 'G.I. HEMORRHAGE W CC'],
    apr: ['241', 'Peptic Ulcer & Gastritis']
  },
  treatment: {
    boluses: [1, 3],
    running: ['ringer', 100, 0.6],
    medicines: [
      { give: ['pantoprazole'], days: 3 },
      { give: ['pantoprazoleDrip'], days: 2, chance: 0.5 },
      { give: ['pantoprazoleTablet'], from: 3 },
      { give: ['octreotide'], days: 2, chance: 0.25 },
      { give: ['ceftriaxone'], days: 3, chance: 0.15 }
    ],
    operations: [
      { code: '4443', day: 0.5, only: ['53240', '53140'] },
      { code: '4523', day: 1, only: ['56212'] },
      { code: '4233', day: 0.4, only: ['4560'] },
      { code: '4513', day: 0.6, only: ['5789'] },
      { code: '9904', day: 0.2, chance: 0.8 }
    ]
  },
  notes: {
    onset: [
      'Two large black stools, dizzy on standing. Two wide lines in, four units cross-matched.',
      'Endoscopy: source found and clipped. Acid blocker infusion running.'
    ],
    better: ['No stool since yesterday, blood count steady without transfusion.', 'Tolerates soft diet, walks to the bathroom alone.'],
    worse: ['Fresh blood again, pressure 80, pulse 130. Massive transfusion started, surgeon called.']
  },
  questions: [
    [
      'May I take my aspirin again?',
      'Not before the check-up in two weeks. Then we decide together with your heart doctor, and always with a stomach protector.'
    ],
    [
      'My stool is still black. Is it bleeding again?',
      'It can stay black for three to five days, and iron tablets darken it too. Come at once if it turns tarry again or you feel faint.'
    ],
    ['What may I eat?', 'Everything you tolerate, in small meals. No alcohol and no painkillers of the ibuprofen kind.']
  ]
}
