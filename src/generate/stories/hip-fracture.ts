import { count } from '../panels.js'
import type { Story } from '../story.js'
import { atrialFibrillation, bloodLoss, delirium, kidneyInjury, urinaryInfection } from './complications.js'

export const hipFracture: Story = {
  name: 'hip-fracture',
  share: 7,
  age: [83, 9],
  arrival: [
    [['EMERGENCY', 'EMERGENCY ROOM ADMIT'], 82],
    [['EMERGENCY', 'TRANSFER FROM HOSP/EXTRAM'], 12],
    [['EMERGENCY', 'TRANSFER FROM SKILLED NUR'], 6]
  ],
  complaints: ['HIP FRACTURE', 'S/P FALL', 'RIGHT HIP FRACTURE', 'S/P FALL, LEFT FEMUR FRACTURE'],
  plainly: 'Broken hip',
  principal: [
    ['82021', 55],
    ['82009', 45]
  ],
  associated: [
    ['E8859', 0.6],
    ['E8889', 0.4],
    ['73300', 0.5],
    ['29420', 0.25],
    ['3310', 0.12],
    ['V1254', 0.1],
    ['2639', 0.12],
    ['V4986', 0.12]
  ],
  specialty: 'Orthopaedic Surgery',
  intensive: 0.35,
  units: [
    ['TSICU', 55],
    ['SICU', 45]
  ],
  intensiveAfter: 1,
  days: 6.5,
  mortality: 0.05,
  leaves: [
    ['REHAB/DISTINCT PART HOSP', 44],
    ['SNF', 48],
    ['HOME HEALTH CARE', 8]
  ],
  begins: 0.8,
  disturbances: [
    { of: 'haemoglobin', by: -4.2, peak: 1, half: 9, fades: true },
    { of: 'leukocytes', by: 4.5, half: 1.8 },
    { of: 'reactiveProtein', by: 130, peak: 1.2, half: 3 },
    { of: 'creatineKinase', by: 380, peak: 0.5, half: 1.5 },
    { of: 'heartRate', by: 14, half: 2 },
    { of: 'albumin', by: -0.7, half: 12 },
    { of: 'temperature', by: 0.7, half: 1.2 },
    { of: 'calcium', by: -0.5, half: 6 }
  ],
  complications: [
    [delirium, 0.32],
    [urinaryInfection, 0.22],
    [bloodLoss, 0.3],
    [kidneyInjury, 0.1],
    [atrialFibrillation, 0.1]
  ],
  workup: [],
  followUp: [{ panels: [count], everyHours: 12, days: 3 }],
  services: ['ORTHO', 'MED', 0.1],
  groups: {
    hcfa: ['210', 'HIP & FEMUR PROCEDURES EXCEPT MAJOR JOINT AGE >17 WITH COMPLICATIONS'],
    ms: ['481', 'HIP & FEMUR PROCEDURES EXCEPT MAJOR JOINT W CC'],
    apr: ['308', 'Hip & Femur Procedures For Trauma']
  },
  treatment: {
    boluses: [0, 2],
    running: ['ringer', 75, 1],
    medicines: [
      { give: ['cefazolin'], from: 0.8, days: 1 },
      { give: ['morphine'], days: 2 },
      { give: ['oxycodone'], from: 1.5 },
      { give: ['acetaminophen'] },
      { give: ['enoxaparin'], from: 0.5 },
      { give: ['docusate'], from: 0.5 },
      { give: ['senna'], from: 0.5 }
    ],
    operations: [
      { code: '7935', day: 0.7, only: ['82021'] },
      { code: '8152', day: 0.7, only: ['82009'] }
    ]
  },
  notes: {
    onset: [
      'Leg short and turned outwards, pain 8 of 10 on moving. Nerve block given, pain 3.',
      'Back from theatre, wound dry, foot warm, moves the toes.'
    ],
    better: [
      'Stood with two helpers and the frame, weight as tolerated.',
      'Ten steps with the frame. Drain out.',
      'Wound clean, clips until day 12.'
    ],
    worse: ['Short of breath since the night, right lung silent at the base. Scan requested.']
  },
  questions: [
    [
      'May I put weight on the leg?',
      'Yes, as much as the pain allows, from the first day. The nail carries you; use the frame for six weeks.'
    ],
    [
      'Why do I get an injection in the belly every evening?',
      'It keeps clots from forming in the leg while you move little. You need it for five weeks.'
    ],
    [
      'Do I have to sell my flat on the third floor?',
      'Not now. Most people manage stairs again after rehabilitation. Our social worker will come and plan it with you.'
    ]
  ]
}
