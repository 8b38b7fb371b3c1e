import { count } from '../panels.js'
import type { Story } from '../story.js'
import { atrialFibrillation, bloodLoss, delirium, kidneyInjury, urinaryInfection } from './complications.js'

export const electiveSurgery: Story = {
  name: 'elective-surgery',
  share: 6,
  age: [65, 11],
  arrival: [
    [['ELECTIVE', 'PHYS REFERRAL/NORMAL DELI'], 92],
    [['ELECTIVE', 'CLINIC REFERRAL/PREMATURE'], 6],
    [['ELECTIVE', 'HMO REFERRAL/SICK'], 2]
  ],
  complaints: ['COLON CANCER/SDA'],
  complaintsOf: {
    '1541': ['RECTAL CANCER/SDA'],
    '71536': ['LEFT KNEE OSTEOARTHRITIS/SDA', 'RIGHT KNEE OA/SDA'],
    '71535': ['RIGHT HIP OA/SDA', 'LEFT HIP OSTEOARTHRITIS/SDA']
  },
  plainly: 'Planned operation',
  principal: [
    ['1534', 30],
    ['1541', 20],
    ['71536', 30],
    ['71535', 20]
  ],
  associated: [
    ['2724', 0.4],
    ['V1582', 0.3],
    ['27800', 0.2],
    ['E8788', 0.12],
    ['99811', 0.05],
    ['5119', 0.12]
  ],
  specialty: 'General Surgery',
  intensive: 0.3,
  units: [['SICU', 100]],
  intensiveAfter: 0.4,
  days: 5.5,
  mortality: 0.012,
  leaves: [
    ['HOME', 26],
    ['HOME HEALTH CARE', 52],
    ['REHAB/DISTINCT PART HOSP', 12],
    ['SNF', 8],
    ['SHORT TERM HOSPITAL', 2]
  ],
  begins: 0.3,
  disturbances: [
    { of: 'haemoglobin', by: -2.4, peak: 0.8, half: 10, fades: true },
    { of: 'leukocytes', by: 5, peak: 0.8, half: 2 },
    { of: 'neutrophils', by: 14, half: 2 },
    { of: 'reactiveProtein', by: 115, peak: 1.5, half: 3 },
    { of: 'glucose', by: 40, half: 0.8 },
    { of: 'creatineKinase', by: 220, peak: 0.6, half: 1.5 },
    { of: 'albumin', by: -0.6, half: 12 },
    { of: 'temperature', by: 0.6, peak: 0.8, half: 1.2 },
    { of: 'heartRate', by: 12, half: 2 },
    { of: 'systolic', by: -8, half: 1 }
  ],
  complications: [
    [bloodLoss, 0.2],
    [delirium, 0.06],
    [kidneyInjury, 0.05],
    [urinaryInfection, 0.08],
    [atrialFibrillation, 0.05]
  ],
  workup: [],
  followUp: [{ panels: [count], everyHours: 12, days: 1.5 }],
  services: ['SURG', 'MED', 0.05],
  groups: {
    hcfa: ['148', 'MAJOR SMALL & LARGE BOWEL PROCEDURES WITH COMPLICATIONS'],
    ms: ['330', 'MAJOR SMALL & LARGE BOWEL PROCEDURES W CC'],
    apr: ['221', 'Major Small & Large Bowel Procedures']
  },
  groupsOf: {
    '71536': {
      hcfa: ['209', 'MAJOR JOINT & LIMB REATTACHMENT PROCEDURES OF LOWER EXTREMITY'],
      ms: ['470', 'MAJOR JOINT REPLACEMENT OR REATTACHMENT OF LOWER EXTREMITY W/O MCC'],
      apr: ['302', 'Knee Joint Replacement']
    },
    '71535': {
      hcfa: ['209', 'MAJOR JOINT & LIMB REATTACHMENT PROCEDURES OF LOWER EXTREMITY'],
      ms: ['470', 'MAJOR JOINT REPLACEMENT OR REATTACHMENT OF LOWER EXTREMITY W/O MCC'],
      apr: ['301', 'Hip Joint Replacement']
    }
  },
  treatment: {
    boluses: [0, 2],
    running: ['ringer', 100, 1],
    medicines: [
      { give: ['cefazolin'], days: 1 },
      { give: ['morphine'], from: 0.4, days: 2 },
      { give: ['oxycodone'], from: 1.5 },
      { give: ['acetaminophen'], from: 0.5 },
      { give: ['enoxaparin'], from: 0.6 },
      { give: ['ondansetron'], from: 0.4, days: 2 },
      { give: ['docusate'], from: 1 },
      { give: ['senna'], from: 1, chance: 0.6 }
    ],
    operations: [
      { code: '4573', day: 0.15, only: ['1534'] },
      { code: '4863', day: 0.15, only: ['1541'] },
      { code: '8154', day: 0.15, only: ['71536'] },
      { code: '8151', day: 0.15, only: ['71535'] }
    ]
  },
  notes: {
    onset: ['Back from theatre, awake, pain 3 of 10 with the pump.', 'Drain 60 mL in the first hour, dressing dry.'],
    better: [
      'Drains out, sits in the chair for meals.',
      'Walks the corridor three times a day, breathing exercises done.',
      'Wound dry, stitches are to come out in ten days.'
    ],
    worse: ['Drain losses 400 mL in two hours, back to theatre for exploration.']
  },
  questions: [
    ['When may I shower?', 'From the third day, with the wound left uncovered. Pat it dry, no bath for four weeks.'],
    [
      'The pain is worst in the evening. May I take more tablets then?',
      'Yes, one extra tablet in the evening, up to the number on the sheet. Take it before the pain is strong.'
    ],
    ['How soon can I go back to work?', 'At a desk after about six weeks, with heavy lifting after three months.']
  ]
}
