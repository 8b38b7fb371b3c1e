import { cardiac } from '../panels.js'
import type { Story } from '../story.js'
import { atrialFibrillation, kidneyInjury, respiratoryFailure } from './complications.js'

export const heartAttack: Story = {
  name: 'heart-attack',
  share: 10,
  age: [66, 12],
  arrival: [
    [['EMERGENCY', 'EMERGENCY ROOM ADMIT'], 50],
    [['EMERGENCY', 'TRANSFER FROM HOSP/EXTRAM'], 44],
    [['URGENT', 'TRANSFER FROM HOSP/EXTRAM'], 6]
  ],
  complaints: [
    'ST ELEVATION MYOCARDIAL INFARCTION',
    'MYOCARDIAL INFARCTION',
    'CHEST PAIN',
    'CORONARY ARTERY DISEASE\\CARDIAC CATH',
    'NON-STEMI'
  ],
  plainly: 'Heart attack',
  principal: [
    ['41071', 50],
    ['41011', 27],
    ['41041', 23]
  ],
  associated: [
    ['41401', 0.92],
    ['2724', 0.5],
    ['3051', 0.3],
    ['V4582', 0.2],
    ['4280', 0.2],
    ['4275', 0.05]
  ],
  specialty: 'Cardiology',
  intensive: 0.85,
  units: [
    ['CCU', 96],
    ['CSRU', 4]
  ],
  days: 4,
  mortality: 0.06,
  leaves: [
    ['HOME', 62],
    ['HOME HEALTH CARE', 26],
    ['REHAB/DISTINCT PART HOSP', 7],
    ['SNF', 5]
  ],
  disturbances: [
    { of: 'troponin', by: 4.2, peak: 0.7, half: 1.6, fades: true },
    { of: 'creatineKinase', by: 1900, peak: 0.6, half: 0.9, fades: true },
    { of: 'creatineKinaseMb', by: 190, peak: 0.6, half: 0.6, fades: true },
    { of: 'aspartateTransferase', by: 140, peak: 0.9, half: 1.5 },
    { of: 'lactateDehydrogenase', by: 420, peak: 1.8, half: 3 },
    { of: 'thromboplastin', by: 42, peak: 0.5, half: 0.8, fades: true },
    { of: 'leukocytes', by: 4, half: 2 },
    { of: 'glucose', by: 40, half: 1.2 },
    { of: 'lactate', by: 0.8, half: 0.4 },
    { of: 'heartRate', by: 14, half: 1.5 },
    { of: 'systolic', by: -12, half: 1.2 },
    { of: 'natriureticPeptide', by: 2600, peak: 1, half: 4 }
  ],
  complications: [
    [atrialFibrillation, 0.1],
    [kidneyInjury, 0.08],
    [respiratoryFailure, 0.07]
  ],
  workup: [cardiac],
  followUp: [{ panels: [cardiac], everyHours: 6, days: 1.5 }],
  services: ['CMED', 'CSURG', 0.05],
  groups: {
    hcfa: ['121', 'CIRCULATORY DISORDERS WITH ACUTE MYOCARDIAL INFARCTION, DISCHARGED ALIVE'],
    ms: ['247', 'PERC CARDIOVASC PROC W DRUG-ELUTING STENT W/O MCC'],
    apr: ['174', 'Percutaneous Cardiovascular Procedures w/ AMI']
  },
  treatment: {
    medicines: [
      { give: ['aspirin'] },
      { give: ['clopidogrel'], from: 0.1 },
      { give: ['heparinDrip'], days: 1.5 },
      { give: ['nitroglycerin'], days: 0.8, chance: 0.5 },
      { give: ['atorvastatin'], from: 0.3 },
      { give: ['metoprolol'], from: 0.6 },
      { give: ['lisinopril'], from: 1.2, chance: 0.75 },
      { give: ['morphine'], days: 0.5, chance: 0.6 },
      { give: ['docusate'], from: 0.5 }
    ],
    operations: [
      { code: '0066', day: 0.1 },
      { code: '3607', day: 0.1, chance: 0.7 },
      { code: '0045', day: 0.1, chance: 0.8 },
      { code: '0040', day: 0.1 },
      { code: '3722', day: 0.1 },
      { code: '8856', day: 0.1 }
    ]
  },
  notes: {
    onset: [
      'Pressing pain behind the breastbone since two hours, sweating. To the catheter laboratory.',
      'Stent in the anterior artery, wrist dressing dry, pulse below it good.'
    ],
    better: [
      'Free of pain for 24 hours, rhythm regular.',
      'Walked 100 metres with the therapist, tolerates the beta blocker.',
      'Tablets explained, rehabilitation arranged.'
    ],
    worse: ['Pressure falling after the procedure, echo shows a weak left ventricle. Balloon pump discussed.']
  },
  questions: [
    [
      'How long do I have to take the two blood thinners?',
      'Both for twelve months, then one of them for good. Never stop them without asking us: the stent could close.'
    ],
    [
      'May I fly to my sister in three weeks?',
      'If you can climb two flights of stairs without pain by then, yes. Get up every hour and drink enough.'
    ],
    [
      'Was it the stress at work?',
      'Stress may have added to it. The larger causes are smoking, blood pressure and cholesterol, and all three can be changed.'
    ]
  ]
}
