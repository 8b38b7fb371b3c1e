import { cardiac, haemoglobinA1c } from '../panels.js'
import type { Story } from '../story.js'
import { atrialFibrillation, delirium, urinaryInfection } from './complications.js'

export const stroke: Story = {
  name: 'stroke',
  share: 9,
  age: [73, 13],
  arrival: [
    [['EMERGENCY', 'EMERGENCY ROOM ADMIT'], 62],
    [['EMERGENCY', 'TRANSFER FROM HOSP/EXTRAM'], 36],
    [['EMERGENCY', '** INFO NOT AVAILABLE **'], 2]
  ],
  complaints: ['STROKE', 'STROKE;TELEMETRY;TRANSIENT ISCHEMIC ATTACK', 'LEFT SIDED WEAKNESS', 'ALTERED MENTAL STATUS, "FOUND DOWN"'],
  complaintsOf: { '431': ['INTRACRANIAL HEMORRHAGE', 'HEAD BLEED', 'ALTERED MENTAL STATUS'] },
  plainly: 'Stroke',
  principal: [
    ['43411', 45],
    ['43491', 33],
    ['431', 22]
  ],
  associated: [
    ['34290', 0.55],
    ['7843', 0.35],
    ['78720', 0.35],
    ['42731', 0.35],
    ['V1254', 0.12],
    ['78039', 0.08],
    ['3051', 0.15],
    ['V4986', 0.08]
  ],
  specialty: 'Neurology',
  intensive: 0.7,
  units: [
    ['SICU', 60],
    ['MICU', 25],
    ['TSICU', 15]
  ],
  days: 7,
  mortality: 0.15,
  leaves: [
    ['REHAB/DISTINCT PART HOSP', 48],
    ['SNF', 20],
    ['HOME HEALTH CARE', 15],
    ['HOME', 15],
    ['HOSPICE-MEDICAL FACILITY', 2]
  ],
  disturbances: [
    { of: 'systolic', by: 46, half: 1.5 },
    { of: 'diastolic', by: 18, half: 1.5 },
    { of: 'glucose', by: 42, half: 1.5 },
    { of: 'leukocytes', by: 2.5, peak: 1, half: 3 },
    { of: 'troponin', by: 0.015, half: 1.5 },
    { of: 'temperature', by: 0.5, peak: 1, half: 2 },
    { of: 'heartRate', by: 8, half: 2 }
  ],
  complications: [
    [urinaryInfection, 0.2],
    [atrialFibrillation, 0.08],
    [delirium, 0.1]
  ],
  workup: [cardiac, haemoglobinA1c],
  followUp: [{ panels: [cardiac], everyHours: 8, days: 0.8 }],
  services: ['NMED', 'NSURG', 0.08],
  groups: {
    hcfa: ['014', 'INTRACRANIAL HEMORRHAGE OR CEREBRAL INFARCTION'],
    ms: ['064', 'INTRACRANIAL HEMORRHAGE OR CEREBRAL INFARCTION W MCC'],
    apr: ['045', 'CVA & Precerebral Occlusions w/ Infarct']
  },
  treatment: {
    boluses: [0, 0],
    running: ['saline', 75, 2],
    medicines: [
      { give: ['nicardipine'], days: 1.2, chance: 0.6 },
      { give: ['atorvastatin'], from: 0.6, chance: 0.8 },
      { give: ['lisinopril', 'amlodipine'], from: 2, chance: 0.8 },
      { give: ['acetaminophen'] },
      { give: ['heparin'], from: 1.5, chance: 0.8 }
    ],
    operations: [
      { code: '8703', day: 0.05 },
      { code: '9910', day: 0.08, chance: 0.15, only: ['43411', '43491'] },
      { code: '966', day: 2, chance: 0.25 }
    ]
  },
  notes: {
    onset: [
      'Left arm drifts, face droops, speech slurred. Swallow test failed, nothing by mouth.',
      'Neurological checks hourly, pupils equal. Pressure kept below the limit set.'
    ],
    better: [
      'Lifts the arm against gravity. Swallow test passed for thick liquids.',
      'Sits at the edge of the bed with one helper.',
      'Names objects correctly, finds words slowly.'
    ],
    worse: ['Harder to rouse, right pupil larger. Scan repeated, neurosurgeon informed.']
  },
  questions: [
    [
      'Will my arm come back?',
      'It has begun to, which is a good sign. Most of the recovery comes in the first three months, and practice decides how much.'
    ],
    [
      'Why do I need so many blood pressure tablets now?',
      'Because pressure is the strongest cause we can change. Once it stays below 130 we can often leave one of them out.'
    ],
    ['When may I drive again?', 'Not for now. We test your sight and reaction at the check-up after three months and decide then.']
  ]
}
