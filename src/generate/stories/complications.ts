/** What may come on top of any story: a code, a beginning some days after arrival, and its own disturbances. */

import type { Disturbance } from '../physiology.js'
import type { Treatment } from '../treatment.js'

export interface Complication {
  readonly codes: readonly string[]
  /** Days after arrival, from and to. */
  readonly from: readonly [number, number]
  readonly disturbances: readonly Disturbance[]
  readonly note: string
  readonly treatment?: Treatment
}

export const kidneyInjury: Complication = {
  codes: ['5849'],
  from: [0.2, 1.5],
  disturbances: [
    { of: 'creatinine', by: 3.2, peak: 2.5, half: 3 },
    { of: 'urea', by: 52, peak: 2.5, half: 3.5 },
    { of: 'potassium', by: 0.9, peak: 2, half: 1.5 },
    { of: 'phosphate', by: 1.8, peak: 2.5, half: 3 },
    { of: 'bicarbonate', by: -3, peak: 2, half: 3 },
    { of: 'urineProtein', by: 60, half: 4 }
  ],
  note: 'Urine output below 30 mL/h for four hours, creatinine rising. Fluids reviewed, nephrotoxic drugs stopped.'
}

export const respiratoryFailure: Complication = {
  codes: ['51881'],
  from: [0, 0.8],
  disturbances: [
    { of: 'oxygen', by: -26, half: 2.5 },
    { of: 'carbonDioxide', by: 9, half: 2 },
    { of: 'saturation', by: -7, half: 2 },
    { of: 'respiratoryRate', by: 9, half: 2 }
  ],
  note: 'Increasing work of breathing, intubated and ventilated. Lines checked on X-ray.'
}

export const delirium: Complication = {
  codes: ['2930'],
  from: [1, 3],
  disturbances: [{ of: 'heartRate', by: 10, half: 2 }],
  note: 'Confused overnight, pulling at lines. Reoriented, family present, no restraints needed.',
  treatment: { medicines: [{ give: ['haloperidol'], days: 3 }] }
}

export const urinaryInfection: Complication = {
  codes: ['5990'],
  from: [0, 2],
  disturbances: [
    { of: 'urineLeukocytes', by: 70, half: 2 },
    { of: 'leukocytes', by: 4, half: 2 },
    { of: 'temperature', by: 0.8, half: 1 }
  ],
  note: 'Urine cloudy, culture sent, antibiotic started.',
  treatment: { medicines: [{ give: ['ciprofloxacin', 'ceftriaxone'], days: 5 }] }
}

export const bowelInfection: Complication = {
  codes: ['00845'],
  from: [4, 7],
  disturbances: [
    { of: 'leukocytes', times: 1.9, peak: 1, half: 2.5 },
    { of: 'potassium', by: -0.6, half: 1.5 },
    { of: 'albumin', by: -0.5, half: 12 }
  ],
  note: 'Frequent loose stools, toxin test sent, isolation started.',
  treatment: { medicines: [{ give: ['metronidazole'] }] }
}

export const atrialFibrillation: Complication = {
  codes: ['42731'],
  from: [0.5, 3],
  disturbances: [
    { of: 'heartRate', by: 48, half: 0.5 },
    { of: 'systolic', by: -14, half: 0.5 }
  ],
  note: 'New irregular rapid pulse, ECG shows atrial fibrillation. Rate control given.',
  treatment: {
    medicines: [
      { give: ['metoprololPush'], days: 0.5 },
      { give: ['amiodarone'], from: 0.2, days: 1, chance: 0.5 },
      { give: ['metoprolol'], from: 0.8 }
    ]
  }
}

export const bloodLoss: Complication = {
  codes: ['2851'],
  from: [0.3, 1],
  disturbances: [
    { of: 'haemoglobin', by: -3.4, peak: 0.6, half: 6, fades: true },
    { of: 'heartRate', by: 14, half: 1 }
  ],
  note: 'Haemoglobin fell, two units of red cells given without reaction.',
  treatment: { medicines: [], operations: [{ code: '9904', day: 0.1 }] }
}

export const lowPlatelets: Complication = {
  codes: ['2875'],
  from: [0.5, 2],
  disturbances: [{ of: 'platelets', times: 0.3, peak: 2, half: 3.5 }],
  note: 'Platelets falling, heparin stopped, smear sent.'
}
