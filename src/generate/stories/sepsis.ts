import { gas, gasElectrolytes, lactate, reactiveProtein } from '../panels.js'
import type { Story } from '../story.js'
import { atrialFibrillation, bowelInfection, delirium, kidneyInjury, lowPlatelets, respiratoryFailure } from './complications.js'

export const sepsis: Story = {
  name: 'sepsis',
  share: 17,
  age: [68, 15],
  arrival: [
    [['EMERGENCY', 'EMERGENCY ROOM ADMIT'], 70],
    [['EMERGENCY', 'TRANSFER FROM HOSP/EXTRAM'], 16],
    [['EMERGENCY', 'TRANSFER FROM SKILLED NUR'], 6],
    [['EMERGENCY', 'CLINIC REFERRAL/PREMATURE'], 8]
  ],
  complaints: ['SEPSIS', 'SEPSIS;TELEMETRY', 'FEVER;HYPOTENSION', 'SEPSIS, UNSPECIFIED', 'UROSEPSIS', 'HYPOTENSION'],
  plainly: 'Blood poisoning (sepsis)',
  principal: [
    ['0389', 50],
    ['03842', 25],
    ['03849', 12],
    ['03811', 13]
  ],
  associated: [
    ['99592', 0.85],
    ['78552', 0.45],
    ['5990', 0.35],
    ['486', 0.3],
    ['2762', 0.35],
    ['2639', 0.12],
    ['70703', 0.1],
    ['V4986', 0.08]
  ],
  specialty: 'Internal Medicine',
  intensive: 0.92,
  units: [
    ['MICU', 80],
    ['SICU', 14],
    ['CCU', 6]
  ],
  days: 8,
  mortality: 0.27,
  leaves: [
    ['HOME', 18],
    ['HOME HEALTH CARE', 26],
    ['SNF', 34],
    ['REHAB/DISTINCT PART HOSP', 12],
    ['LONG TERM CARE HOSPITAL', 7],
    ['HOSPICE-HOME', 3]
  ],
  disturbances: [
    { of: 'lactate', by: 5.2, half: 0.5 },
    { of: 'leukocytes', by: 14, peak: 0.6, half: 2 },
    { of: 'neutrophils', by: 18, half: 3 },
    { of: 'bands', by: 16, half: 1 },
    { of: 'reactiveProtein', by: 210, peak: 1, half: 2.5 },
    { of: 'bicarbonate', by: -6, half: 1 },
    { of: 'anionGap', by: 6, half: 0.7 },
    { of: 'creatinine', by: 0.9, peak: 0.8, half: 2 },
    { of: 'urea', by: 20, peak: 0.8, half: 2.5 },
    { of: 'platelets', by: -85, peak: 2, half: 3 },
    { of: 'prothrombin', by: 4, peak: 0.6, half: 2 },
    { of: 'albumin', by: -1.1, peak: 1, half: 14 },
    { of: 'bilirubin', by: 1.2, peak: 1.5, half: 3 },
    { of: 'alanineTransferase', by: 60, peak: 1, half: 2.5 },
    { of: 'aspartateTransferase', by: 85, peak: 0.8, half: 2 },
    { of: 'haemoglobin', by: -2, peak: 3, half: 20 },
    { of: 'calcium', by: -0.9, half: 5 },
    { of: 'carbonDioxide', by: -6, half: 1 },
    { of: 'temperature', by: 1.9, half: 1 },
    { of: 'heartRate', by: 38, half: 1.2 },
    { of: 'respiratoryRate', by: 9, half: 1.4 },
    { of: 'systolic', by: -36, half: 0.9 },
    { of: 'diastolic', by: -17, half: 0.9 },
    { of: 'saturation', by: -3, half: 2 }
  ],
  complications: [
    [kidneyInjury, 0.4],
    [respiratoryFailure, 0.35],
    [lowPlatelets, 0.15],
    [delirium, 0.18],
    [atrialFibrillation, 0.14],
    [bowelInfection, 0.07]
  ],
  workup: [gas, gasElectrolytes, lactate, reactiveProtein],
  followUp: [{ panels: [lactate, gas, gasElectrolytes], everyHours: 6, days: 2.5 }],
  services: ['MED', 'SURG', 0.06],
  groups: {
    hcfa: ['416', 'SEPTICEMIA AGE >17'],
    ms: ['871', 'SEPTICEMIA OR SEVERE SEPSIS W/O MV 96+ HOURS W MCC'],
    apr: ['720', 'Septicemia & Disseminated Infections']
  },
  treatment: {
    boluses: [3, 6],
    running: ['saline', 125, 1],
    medicines: [
      { give: ['vancomycin'], days: 4 },
      { give: ['piperacillin', 'cefepime', 'meropenem'], days: 7 },
      { give: ['ciprofloxacin', 'levofloxacin'], from: 6, chance: 0.6 },
      { give: ['acetaminophen'] },
      { give: ['heparin'], from: 0.3 },
      { give: ['pantoprazole'], from: 0.4, chance: 0.6 },
      { give: ['insulinScale'], from: 0.3, chance: 0.5 }
    ]
  },
  notes: {
    onset: [
      'Shivering, flushed and drowsy. Blood cultures taken before the first antibiotic dose.',
      'Second litre of fluid running, noradrenaline started for mean pressure below 65.',
      'Skin mottled at the knees, capillary refill 4 seconds. Lactate sent again.'
    ],
    better: [
      'Off noradrenaline since the morning, pressure holds. Afebrile.',
      'Warm hands, alert and asking for breakfast. Lactate normal.',
      'Cultures sensitive to the current antibiotic; changed to tablets.'
    ],
    worse: [
      'Noradrenaline doubled, vasopressin added. Lactate rising despite fluids.',
      'Anuric, cold to the elbows. Family called in and told how serious this is.'
    ]
  },
  questions: [
    [
      'Why do I need antibiotics through the vein and not as tablets?',
      'In the first days the infection was in your blood, and the vein is the fastest and surest way. We change to tablets as soon as you are stable and the cultures allow it.'
    ],
    [
      'Where did this infection come from?',
      'The cultures point to the urinary tract. It spread into the blood from there, which happens more easily when one drinks little.'
    ],
    [
      'My ankles are swollen since I came here. Is that my heart?',
      'No. You were given many litres of fluid when your pressure was low. The swelling goes as your kidneys pass it again, over a week or two.'
    ]
  ]
}
