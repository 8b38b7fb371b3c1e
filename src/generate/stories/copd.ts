import { gas, gasElectrolytes, natriureticPeptide } from '../panels.js'
import type { Story } from '../story.js'
import { atrialFibrillation, delirium, respiratoryFailure } from './complications.js'

export const copd: Story = {
  name: 'copd',
  share: 9,
  age: [70, 10],
  arrival: [
    [['EMERGENCY', 'EMERGENCY ROOM ADMIT'], 82],
    [['EMERGENCY', 'CLINIC REFERRAL/PREMATURE'], 10],
    [['EMERGENCY', 'TRANSFER FROM HOSP/EXTRAM'], 8]
  ],
  complaints: ['COPD EXACERBATION', 'COPD FLARE', 'SHORTNESS OF BREATH', 'RESPIRATORY DISTRESS', 'CHRONIC OBST PULM DISEASE'],
  plainly: 'Flare-up of chronic lung disease (COPD)',
  principal: [['49121', 100]],
  associated: [
    ['51884', 0.5],
    ['3051', 0.4],
    ['V1582', 0.5],
    ['4168', 0.2],
    ['32723', 0.12],
    ['2639', 0.1]
  ],
  specialty: 'Pulmonology',
  intensive: 0.6,
  units: [['MICU', 100]],
  days: 5.5,
  mortality: 0.07,
  leaves: [
    ['HOME', 42],
    ['HOME HEALTH CARE', 30],
    ['SNF', 18],
    ['REHAB/DISTINCT PART HOSP', 10]
  ],
  disturbances: [
    { of: 'carbonDioxide', by: 34, half: 1.4 },
    { of: 'bicarbonate', by: 6, half: 9 },
    { of: 'anionGap', by: -1, half: 9 },
    { of: 'oxygen', by: -30, half: 1.8 },
    { of: 'saturation', by: -9, half: 1.8 },
    { of: 'respiratoryRate', by: 12, half: 1.6 },
    { of: 'heartRate', by: 24, half: 1.6 },
    { of: 'leukocytes', by: 5, peak: 1.5, half: 4 },
    { of: 'neutrophils', by: 15, half: 4 },
    { of: 'glucose', by: 75, peak: 1, half: 3 },
    { of: 'temperature', by: 0.5, half: 1 },
    { of: 'systolic', by: 12, half: 1, fades: true }
  ],
  complications: [
    [respiratoryFailure, 0.25],
    [atrialFibrillation, 0.1],
    [delirium, 0.1]
  ],
  workup: [gas, gasElectrolytes, natriureticPeptide],
  followUp: [{ panels: [gas], everyHours: 6, days: 2 }],
  services: ['MED'],
  groups: {
    hcfa: ['088', 'CHRONIC OBSTRUCTIVE PULMONARY DISEASE'],
    ms: ['190', 'CHRONIC OBSTRUCTIVE PULMONARY DISEASE W MCC'],
    apr: ['140', 'Chronic Obstructive Pulmonary Disease']
  },
  treatment: {
    medicines: [
      { give: ['albuterol'] },
      { give: ['ipratropium'] },
      { give: ['prednisone'], days: 5 },
      { give: ['azithromycin', 'levofloxacin'], days: 5, chance: 0.8 },
      { give: ['heparin'], from: 0.3 },
      { give: ['insulinScale'], from: 0.5, days: 4, chance: 0.7 }
    ]
  },
  notes: {
    onset: [
      'Pursed lips, speaking in single words. Nebulisers every 20 minutes, prednisone given.',
      'On mask ventilation, tolerates it with coaching. Gas repeated after one hour.'
    ],
    better: [
      'Off mask ventilation, on two litres by nasal prongs. Full sentences.',
      'Inhaler technique checked and corrected, spacer given.',
      'Climbed one flight of stairs with the physiotherapist, saturation 91 at the lowest.'
    ],
    worse: ['Tiring, drowsy, carbon dioxide climbing on the mask. Intubation discussed with patient and family.']
  },
  questions: [
    [
      'Do I need oxygen at home now?',
      'Not for certain. We measure your gas again in six weeks when you have recovered; the need often goes.'
    ],
    [
      'I still smoke five a day. Does it make sense to stop at my age?',
      'Yes, at every age: the loss of breath slows down within months. We can start patches here, before you go home.'
    ],
    [
      'The steroid tablets keep me awake. May I leave them out?',
      'Please take them to the end, it is only five days. Take all of them in the morning, that helps the sleep.'
    ]
  ]
}
