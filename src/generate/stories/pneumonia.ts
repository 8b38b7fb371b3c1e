import { gas, lactate, reactiveProtein } from '../panels.js'
import type { Story } from '../story.js'
import { bowelInfection, delirium, kidneyInjury, respiratoryFailure } from './complications.js'

export const pneumonia: Story = {
  name: 'pneumonia',
  share: 12,
  age: [69, 16],
  arrival: [
    [['EMERGENCY', 'EMERGENCY ROOM ADMIT'], 78],
    [['EMERGENCY', 'CLINIC REFERRAL/PREMATURE'], 9],
    [['EMERGENCY', 'TRANSFER FROM HOSP/EXTRAM'], 9],
    [['EMERGENCY', 'TRANSFER FROM SKILLED NUR'], 4]
  ],
  complaints: ['PNEUMONIA', 'PNEUMONIA;TELEMETRY', 'FEVER, COUGH', 'HYPOXIA', 'ASPIRATION PNEUMONIA'],
  plainly: 'Pneumonia',
  principal: [
    ['486', 55],
    ['4829', 15],
    ['48242', 8],
    ['5070', 22]
  ],
  associated: [
    ['5119', 0.3],
    ['496', 0.2],
    ['2761', 0.15],
    ['78720', 0.15],
    ['V1582', 0.25],
    ['2639', 0.12],
    ['29420', 0.1]
  ],
  specialty: 'Internal Medicine',
  intensive: 0.6,
  units: [
    ['MICU', 90],
    ['SICU', 10]
  ],
  days: 6.5,
  mortality: 0.12,
  leaves: [
    ['HOME', 32],
    ['HOME HEALTH CARE', 24],
    ['SNF', 32],
    ['REHAB/DISTINCT PART HOSP', 8],
    ['ICF', 4]
  ],
  disturbances: [
    { of: 'leukocytes', by: 9, half: 2.4 },
    { of: 'neutrophils', by: 16, half: 3 },
    { of: 'bands', by: 8, half: 1.2 },
    { of: 'reactiveProtein', by: 180, peak: 0.8, half: 2.6 },
    { of: 'oxygen', by: -30, half: 2 },
    { of: 'saturation', by: -8, half: 2 },
    { of: 'carbonDioxide', by: -4, half: 1.5 },
    { of: 'respiratoryRate', by: 11, half: 2 },
    { of: 'heartRate', by: 26, half: 1.8 },
    { of: 'temperature', by: 1.8, half: 1.3 },
    { of: 'systolic', by: -14, half: 1.2 },
    { of: 'lactate', by: 0.9, half: 0.8 },
    { of: 'sodium', by: -3, half: 3 },
    { of: 'albumin', by: -0.8, half: 12 },
    { of: 'urea', by: 9, half: 2.5 }
  ],
  complications: [
    [respiratoryFailure, 0.28],
    [kidneyInjury, 0.12],
    [delirium, 0.12],
    [bowelInfection, 0.05]
  ],
  workup: [gas, lactate, reactiveProtein],
  followUp: [{ panels: [gas], everyHours: 8, days: 1.5 }],
  services: ['MED'],
  groups: {
    hcfa: ['089', 'SIMPLE PNEUMONIA & PLEURISY AGE >17 WITH COMPLICATIONS'],
    ms: ['193', 'SIMPLE PNEUMONIA & PLEURISY W MCC'],
    apr: ['139', 'Other Pneumonia']
  },
  treatment: {
    boluses: [0, 2],
    running: ['saline', 75, 1],
    medicines: [
      { give: ['ceftriaxone'], days: 5 },
      { give: ['levofloxacin', 'azithromycin'], days: 5 },
      { give: ['vancomycin'], days: 3, chance: 0.4 },
      { give: ['acetaminophen'] },
      { give: ['albuterol'], chance: 0.6 },
      { give: ['heparin'], from: 0.3 }
    ],
    operations: [
      { code: '3324', day: 2, chance: 0.12 },
      { code: '3491', day: 2, chance: 0.08 }
    ]
  },
  notes: {
    onset: [
      'Productive cough, rust-coloured sputum sent. Antibiotics within the first hour.',
      'Bronchial breathing on the right, needs four litres of oxygen.'
    ],
    better: [
      'Weaned to room air, saturation 94.',
      'Coughing up less, eating again, out of bed for meals.',
      'Antibiotic changed to tablets, two days to go.'
    ],
    worse: ['Oxygen need rising to full mask, X-ray shows both sides. Moved closer to the desk.']
  },
  questions: [
    [
      'Can I infect my grandchildren?',
      'Hardly. After two days of antibiotics that is very unlikely. Wash your hands and cough into the elbow.'
    ],
    [
      'I am so tired. When will that stop?',
      'Most people need four to six weeks. Walk a little every day, and rest before you are exhausted.'
    ],
    ['Do I need another X-ray?', 'Yes, one in six weeks, to see that the shadow has gone completely.']
  ]
}
