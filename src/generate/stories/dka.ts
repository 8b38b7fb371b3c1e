import { chemistry, gas, gasElectrolytes, haemoglobinA1c, minerals } from '../panels.js'
import type { Story } from '../story.js'
import { kidneyInjury, urinaryInfection } from './complications.js'

export const dka: Story = {
  name: 'dka',
  share: 7,
  age: [42, 15],
  arrival: [
    [['EMERGENCY', 'EMERGENCY ROOM ADMIT'], 92],
    [['EMERGENCY', 'TRANSFER FROM HOSP/EXTRAM'], 8]
  ],
  complaints: ['DIABETIC KETOACIDOSIS', 'HYPERGLYCEMIA', 'DIABETIC KETOACIDOSIS;TELEMETRY', 'NAUSEA;VOMITING'],
  plainly: 'Diabetic ketoacidosis',
  principal: [
    ['25013', 78],
    ['25012', 22]
  ],
  associated: [
    ['V5867', 0.8],
    ['2760', 0.1],
    ['311', 0.2],
    ['3051', 0.2],
    ['2768', 0.3]
  ],
  specialty: 'Endocrinology',
  intensive: 0.85,
  units: [['MICU', 100]],
  days: 3.5,
  mortality: 0.012,
  leaves: [
    ['HOME', 80],
    ['HOME HEALTH CARE', 12],
    ['LEFT AGAINST MEDICAL ADVI', 8]
  ],
  disturbances: [
    { of: 'glucose', by: 560, half: 0.35 },
    { of: 'anionGap', by: 21, half: 0.38 },
    { of: 'bicarbonate', by: -17, half: 0.45 },
    { of: 'carbonDioxide', by: -18, half: 0.45 },
    { of: 'sodium', by: -8, half: 0.4 },
    { of: 'potassium', by: 1.5, half: 0.25 },
    { of: 'potassium', by: -0.9, peak: 1, half: 1, fades: true },
    { of: 'phosphate', by: -1.4, peak: 1, half: 1.2, fades: true },
    { of: 'urineKetones', by: 140, half: 0.6 },
    { of: 'urineGlucose', by: 1000, half: 0.6 },
    { of: 'creatinine', by: 0.7, half: 0.7 },
    { of: 'urea', by: 18, half: 0.8 },
    { of: 'leukocytes', by: 6, half: 1 },
    { of: 'haemoglobinA1c', by: 5.5, half: 60 },
    { of: 'heartRate', by: 30, half: 0.6 },
    { of: 'respiratoryRate', by: 12, half: 0.5 },
    { of: 'systolic', by: -12, half: 0.6 },
    { of: 'lactate', by: 1, half: 0.4 }
  ],
  complications: [
    [kidneyInjury, 0.12],
    [urinaryInfection, 0.12]
  ],
  workup: [gas, gasElectrolytes, haemoglobinA1c],
  followUp: [
    { panels: [chemistry, minerals], everyHours: 4, days: 1.2 },
    { panels: [gas, gasElectrolytes], everyHours: 4, days: 0.7 }
  ],
  services: ['MED'],
  groups: { hcfa: ['294', 'DIABETES AGE >35'], ms: ['638', 'DIABETES W CC'], apr: ['420', 'Diabetes'] },
  treatment: {
    boluses: [2, 4],
    running: ['saline', 250, 0.7],
    medicines: [
      { give: ['insulinDrip'], days: 1 },
      { give: ['glargine'], from: 0.9 },
      { give: ['insulinScale'], from: 0.9 },
      { give: ['potassium'], from: 0.3, days: 1.5 },
      { give: ['magnesium'], from: 0.4, days: 1, chance: 0.5 },
      { give: ['ondansetron'], days: 1, chance: 0.6 },
      { give: ['heparin'], from: 0.3 }
    ]
  },
  notes: {
    onset: [
      'Deep rapid breathing, breath smells of acetone. Insulin infusion at 6 units per hour.',
      'Third litre of saline running, potassium added. Hourly glucose.'
    ],
    better: [
      'Gap closed, first meal taken, changed to insulin under the skin with overlap.',
      'Pump technique reviewed with the diabetes nurse, ketone strips given.'
    ],
    worse: ['Still drowsy, gap widening again. Infusion rate raised, search for infection.']
  },
  questions: [
    [
      'I had the flu and could not eat, so I left out my insulin. Was that wrong?',
      'Yes, and it is the most common reason for this. When ill you need insulin even without food, often more. Keep the sick-day sheet on the fridge.'
    ],
    ['How often should I measure ketones?', 'Whenever your sugar is above 250 twice in a row, or when you feel sick.'],
    ['Can I do sports again next week?', 'Yes, begin lightly. Measure before and after, and carry something sweet.']
  ]
}
