/** Fluids, blood and food, and the bags medicines are mixed in. */

import { carevue, given, type Pair } from './items.js'

const FLUIDS_INTAKE = 'Fluids/Intake'

function fluid(
  old: readonly [number, string],
  itemid: number,
  label: string,
  category = FLUIDS_INTAKE,
  abbreviation = label
): Required<Pair> {
  return { carevue: carevue(old[0], old[1], 'ml', 'inputevents_cv'), metavision: given(itemid, label, category, 'mL', abbreviation) }
}

export const FLUIDS = {
  saline: fluid([30018, '.9% Normal Saline'], 225158, 'NaCl 0.9%'),
  dextrose: fluid([30013, 'D5W'], 220949, 'Dextrose 5%'),
  ringer: fluid([30021, 'Lactated Ringers'], 225828, 'LR'),
  solution: fluid([30140, 'N/A'], 225943, 'Solution'),
  redCells: fluid([30001, "Packed RBC's"], 225168, 'Packed Red Blood Cells', 'Blood Products/Colloids', "PRBC's"),
  plasma: fluid([30005, 'Fresh Frozen Plasma'], 220970, 'Fresh Frozen Plasma', 'Blood Products/Colloids', 'FFP'),
  tubeFeed: fluid([30090, 'Tube Feeding'], 225936, 'Replete with Fiber (Full)', 'Nutrition - Enteral'),
  gastricMedicines: fluid([30144, 'Gastric Meds'], 225799, 'Gastric Meds'),
  drinks: fluid([30056, 'Po Intake'], 226452, 'PO Intake'),
  beforeAdmission: fluid([30054, 'Pre-Admission Intake'], 226361, 'Pre-Admission Intake')
} as const

export type FluidName = keyof typeof FLUIDS

/** Potassium in a bag: an additive of the order. */
export const POTASSIUM_IN_BAG = given(225166, 'Potassium Chloride', 'Medications', 'mEq', 'Potassium Chloride - KCL')

/** The same as pharmacy has it. */
export const POTASSIUM_ORDER = {
  drug: 'Potassium Chloride',
  generic: '',
  formulary: 'KCL40I',
  gsn: '001255',
  ndc: '00409665305',
  strength: '2mEq/mL-20mL',
  dose: '20',
  unit: 'mEq',
  form: '10',
  formUnit: 'mL',
  route: 'IV'
} as const

/** Bags: rows of PRESCRIPTIONS with drug_type BASE. */
export const BASES = {
  saline250: ['NS', 'NS250', '001210', '00338004902', '250mL Bag', '250', 'ml'],
  saline1000: ['NS', 'NS1000', '001210', '00338004904', '1000mL Bag', '1000', 'ml'],
  ringer1000: ['LR', 'LR1000', '001187', '00338011704', '1000ml Bag', '1000', 'mL'],
  saline500: ['0.9% Sodium Chloride', 'NS500', '001210', '00338004903', '500mL Bag', '500', 'mL'],
  saline100: ['NS', 'NS100', '001210', '00338004938', '100mL Bag', '100', 'ml'],
  dextrose250: ['D5W', 'D5W250', '001972', '00338001702', '250mL Bag', '250', 'ml'],
  dextrose100: ['5% Dextrose', 'D5W100', '001972', '00338001738', '100mL Bag', '100', 'mL'],
  frozen50: ['Iso-Osmotic Dextrose', 'FRBD50', '', '0', '50ml Bag', '50', 'ml'],
  frozen200: ['Iso-Osmotic Dextrose', 'VANCOBASE', '', '0', '200ml Bag', '200', 'mL'],
  heparinBase: ['D5W', 'HEPBASE', '', '0', 'HEPARIN BASE', '250', 'mL'],
  vial: ['Vial', 'VIAL', '', '0', 'Send Vial', '1', 'VIAL']
} as const satisfies Record<
  string,
  readonly [drug: string, formulary: string, gsn: string, ndc: string, strength: string, dose: string, unit: string]
>

export type BaseName = keyof typeof BASES
