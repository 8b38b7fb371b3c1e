import { gas, gasElectrolytes, lactate } from '../panels.js'
import type { Story } from '../story.js'
import { atrialFibrillation, bloodLoss, delirium, kidneyInjury, lowPlatelets, urinaryInfection } from './complications.js'

export const cardiacSurgery: Story = {
  name: 'cardiac-surgery',
  share: 8,
  age: [65, 11],
  arrival: [
    [['ELECTIVE', 'PHYS REFERRAL/NORMAL DELI'], 92],
    [['ELECTIVE', 'CLINIC REFERRAL/PREMATURE'], 6],
    [['ELECTIVE', 'HMO REFERRAL/SICK'], 2]
  ],
  complaints: ['CORONARY ARTERY DISEASE\\CORONARY ARTERY BYPASS GRAFT/SDA', 'CORONARY ARTERY DISEASE\\CABG/SDA'],
  complaintsOf: { '4241': ['AORTIC STENOSIS\\AORTIC VALVE REPLACEMENT /SDA', 'AORTIC VALVE DISEASE'] },
  plainly: 'Planned heart operation',
  principal: [
    ['41401', 70],
    ['4241', 30]
  ],
  associated: [
    ['2724', 0.4],
    ['V1582', 0.3],
    ['27800', 0.2],
    ['E8788', 0.12],
    ['99811', 0.05],
    ['5119', 0.12]
  ],
  specialty: 'Cardiac Surgery',
  intensive: 0.97,
  units: [
    ['CSRU', 92],
    ['SICU', 8]
  ],
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
    { of: 'haemoglobin', by: -4, peak: 0.4, half: 9, fades: true },
    { of: 'platelets', by: -95, peak: 0.7, half: 2.5, fades: true },
    { of: 'leukocytes', by: 6, peak: 0.8, half: 2 },
    { of: 'neutrophils', by: 14, half: 2 },
    { of: 'glucose', by: 55, half: 0.7 },
    { of: 'lactate', by: 2, half: 0.25 },
    { of: 'freeCalcium', by: -0.08, half: 0.6 },
    { of: 'prothrombin', by: 3, half: 0.8 },
    { of: 'thromboplastin', by: 9, half: 0.6 },
    { of: 'oxygen', by: 130, half: 0.25, fades: true },
    { of: 'temperature', by: 0.6, peak: 0.8, half: 1.2 },
    { of: 'heartRate', by: 12, half: 2 },
    { of: 'albumin', by: -0.7, half: 12 },
    { of: 'weight', by: 5, half: 2.5 }
  ],
  complications: [
    [atrialFibrillation, 0.24],
    [bloodLoss, 0.2],
    [delirium, 0.06],
    [kidneyInjury, 0.07],
    [urinaryInfection, 0.06],
    [lowPlatelets, 0.06]
  ],
  workup: [],
  followUp: [{ panels: [gas, gasElectrolytes, lactate], everyHours: 4, days: 1.3 }],
  services: ['CSURG', 'CMED', 0.1],
  groups: {
    hcfa: ['107', 'CORONARY BYPASS WITH CARDIAC CATHETER'],
    ms: ['236', 'CORONARY BYPASS W/O CARDIAC CATH W/O MCC'],
    apr: ['166', 'Coronary Bypass w/o Cardiac Catheterization']
  },
  groupsOf: {
    '4241': {
      hcfa: ['105', 'CARDIAC VALVE PROCEDURES WITHOUT CARDIAC CATHETER'],
      ms: ['220', 'CARDIAC VALVE PROCEDURES W/O CARDIAC CATH W CC'],
      apr: ['163', 'Cardiac Valve Procedures w/o Cardiac Catheterization']
    }
  },
  treatment: {
    boluses: [1, 3],
    running: ['ringer', 60, 0.8],
    medicines: [
      { give: ['cefazolin'], days: 2 },
      { give: ['phenylephrine'], from: 0.4, days: 0.8, chance: 0.7 },
      { give: ['nitroglycerin'], from: 0.5, days: 0.6, chance: 0.25 },
      { give: ['insulinDrip'], from: 0.4, days: 0.9, chance: 0.6 },
      { give: ['morphine'], from: 0.5, days: 1.5 },
      { give: ['oxycodone'], from: 1.5 },
      { give: ['acetaminophen'], from: 0.5 },
      { give: ['aspirin'], from: 0.8 },
      { give: ['metoprolol'], from: 1.2 },
      { give: ['simvastatin'], from: 1.2, chance: 0.8 },
      { give: ['furosemide'], from: 1, days: 3 },
      { give: ['potassium'], from: 1, days: 3 },
      { give: ['magnesium'], from: 0.6, days: 1 },
      { give: ['docusate'], from: 1 },
      { give: ['ondansetron'], from: 0.8, days: 2, chance: 0.5 }
    ],
    operations: [
      { code: '3615', day: 0.15, only: ['41401'] },
      { code: '3612', day: 0.15, only: ['41401'], chance: 0.8 },
      { code: '3521', day: 0.15, only: ['4241'] },
      { code: '3961', day: 0.15 }
    ]
  },
  notes: {
    onset: [
      'From theatre sedated and ventilated, drains 60 mL in the first hour.',
      'Woken and extubated after five hours, pain well controlled.'
    ],
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
      'I hear clicking in my chest when I cough. Is that normal?',
      'A little is normal while the breastbone knits together. Hold a pillow against it when coughing, and tell us if it clicks with every breath.'
    ],
    ['How soon can I go back to work?', 'At a desk after about six weeks, with heavy lifting after three months.']
  ]
}
