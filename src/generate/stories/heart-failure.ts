import { cardiac, gas, natriureticPeptide } from '../panels.js'
import type { Story } from '../story.js'
import { atrialFibrillation, delirium, kidneyInjury, respiratoryFailure, urinaryInfection } from './complications.js'

export const heartFailure: Story = {
  name: 'heart-failure',
  share: 15,
  age: [75, 12],
  arrival: [
    [['EMERGENCY', 'EMERGENCY ROOM ADMIT'], 66],
    [['EMERGENCY', 'CLINIC REFERRAL/PREMATURE'], 18],
    [['EMERGENCY', 'TRANSFER FROM HOSP/EXTRAM'], 12],
    [['URGENT', 'PHYS REFERRAL/NORMAL DELI'], 4]
  ],
  complaints: ['CONGESTIVE HEART FAILURE', 'CHF EXACERBATION', 'SHORTNESS OF BREATH', 'DYSPNEA,PERIPHERAL EDEMA', 'HEART FAILURE'],
  plainly: 'Heart failure',
  principal: [
    ['42823', 42],
    ['42833', 38],
    ['4280', 20]
  ],
  associated: [
    ['4254', 0.18],
    ['4240', 0.25],
    ['4168', 0.25],
    ['5119', 0.2],
    ['2761', 0.2],
    ['412', 0.25],
    ['V4581', 0.15],
    ['V5861', 0.3],
    ['V4986', 0.1]
  ],
  specialty: 'Cardiology',
  intensive: 0.6,
  units: [
    ['CCU', 75],
    ['MICU', 25]
  ],
  days: 6,
  mortality: 0.08,
  leaves: [
    ['HOME', 28],
    ['HOME HEALTH CARE', 42],
    ['SNF', 24],
    ['REHAB/DISTINCT PART HOSP', 4],
    ['HOSPICE-HOME', 2]
  ],
  disturbances: [
    { of: 'natriureticPeptide', by: 13500, half: 2.5 },
    { of: 'troponin', by: 0.05, half: 2 },
    { of: 'sodium', by: -5, half: 3 },
    { of: 'creatinine', by: 0.6, half: 3 },
    { of: 'urea', by: 17, half: 4 },
    { of: 'bicarbonate', by: 3, peak: 3, half: 5, fades: true },
    { of: 'potassium', by: -0.4, peak: 2, half: 2, fades: true },
    { of: 'oxygen', by: -25, half: 1.4 },
    { of: 'saturation', by: -7, half: 1.4 },
    { of: 'respiratoryRate', by: 9, half: 1.4 },
    { of: 'heartRate', by: 20, half: 1.8 },
    { of: 'systolic', by: 14, half: 1, fades: true },
    { of: 'weight', by: 8, half: 2.5 }
  ],
  complications: [
    [kidneyInjury, 0.2],
    [respiratoryFailure, 0.14],
    [atrialFibrillation, 0.18],
    [urinaryInfection, 0.08],
    [delirium, 0.08]
  ],
  workup: [natriureticPeptide, cardiac, gas],
  followUp: [
    { panels: [cardiac], everyHours: 8, days: 1 },
    { panels: [natriureticPeptide], everyHours: 48, days: 12 }
  ],
  services: ['CMED', 'MED', 0.08],
  groups: { hcfa: ['127', 'HEART FAILURE & SHOCK'], ms: ['291', 'HEART FAILURE & SHOCK W MCC'], apr: ['194', 'Heart Failure'] },
  treatment: {
    medicines: [
      { give: ['furosemide'], days: 4 },
      { give: ['furosemideTablet'], from: 4 },
      { give: ['nitroglycerin'], days: 1, chance: 0.35 },
      { give: ['lisinopril'], from: 1, chance: 0.7 },
      { give: ['metoprolol'], from: 1.5, chance: 0.7 },
      { give: ['potassium'], from: 0.5, days: 3 },
      { give: ['magnesium'], from: 0.4, days: 1, chance: 0.5 },
      { give: ['heparin'], from: 0.3, chance: 0.8 },
      { give: ['aspirinLow'], from: 0.3, chance: 0.7 }
    ],
    operations: [{ code: '8872', day: 1, chance: 0.4 }]
  },
  notes: {
    onset: [
      'Cannot lie flat, crackles to the mid zones, ankles pitting to the knee. Furosemide 80 mg given.',
      'On mask oxygen, sitting upright. Passing good amounts of urine since the diuretic.'
    ],
    better: [
      'Slept flat with one pillow. Two kilograms lighter than yesterday.',
      'Walked the corridor without stopping. Diuretic changed to tablets.',
      'Taught to weigh daily and to call when two kilograms are gained in three days.'
    ],
    worse: [
      'Little answer to the diuretic infusion, pressure falling, inotrope started.',
      'Drowsy, cool limbs. Discussed goals of care with the family.'
    ]
  },
  questions: [
    [
      'How much may I drink in a day?',
      'For now one and a half litres, soup and tea included. Weigh yourself every morning before breakfast and write it down.'
    ],
    ['Why do I have to pass water all the time?', 'That is the water tablet at work. Take it in the morning, then the nights are quieter.'],
    [
      'Is my heart going to stop?',
      'Failure is a misleading word: your heart pumps more weakly than it should, and the tablets take work off it. Most people feel clearly better within weeks.'
    ]
  ]
}
