/** Medicines: how the pharmacy has them (PRESCRIPTIONS) and how they are given in intensive care (INPUTEVENTS). */

import type { BaseName, FluidName } from './fluids.js'
import { carevue, given, type Item, type Pair } from './items.js'

/** A row of PRESCRIPTIONS but for who and when. */
export interface Order {
  readonly drug: string
  /** drug_name_generic; empty where the order is an intravenous mixture. */
  readonly generic: string
  readonly formulary: string
  readonly gsn: string
  readonly ndc: string
  readonly strength: string
  readonly dose: string
  readonly unit: string
  readonly form: string
  readonly formUnit: string
  readonly route: string
  /** The bag it is mixed in: a row of its own. */
  readonly base?: BaseName
}

/** A rate on a pump. */
export interface Drip {
  readonly items: Required<Pair>
  readonly unit: RateUnit
  /** Unit of the amounts in MetaVision, and in CareVue with the factor to it. */
  readonly amount: string
  readonly carevueAmount: readonly [unit: string, factor: number]
  /** A full bag, in `amount` and millilitres. */
  readonly bag: readonly [amount: number, volume: number]
  readonly mixedIn: FluidName
  readonly rates: readonly [first: number, last: number]
  /** Decimals of a rate as it is set. */
  readonly digits: number
}

/** Single doses; CareVue charts none of them. */
export interface Push {
  readonly item: Item
  readonly category: '05-Med Bolus' | '06-Insulin (Non IV)' | '08-Antibiotics (IV)' | '10-Prophylaxis (IV)' | '11-Prophylaxis (Non IV)'
  readonly amount: number
  readonly unit: string
  readonly everyHours: number
  readonly mixedIn?: readonly [fluid: FluidName, millilitres: number]
}

export interface Medicine {
  readonly order?: Order
  readonly drip?: Drip
  readonly push?: Push
}

const MEDICATIONS = 'Medications'
const ANTIBIOTICS = 'Antibiotics'

/** How a rate becomes an amount per minute, and what CareVue calls it. */
export const RATE_UNITS = {
  'mcg/kg/min': { carevue: 'mcgkgmin', perMinute: (rate: number, kilograms: number) => (rate * kilograms) / 1000 },
  'mcg/hour': { carevue: 'mcghr', perMinute: (rate: number) => rate / 60000 },
  'mg/hour': { carevue: 'mghr', perMinute: (rate: number) => rate / 60 },
  'mg/min': { carevue: 'mgmin', perMinute: (rate: number) => rate },
  'units/hour': { carevue: 'Uhr', perMinute: (rate: number) => rate / 60 }
} as const

export type RateUnit = keyof typeof RATE_UNITS

type Words = readonly [
  drug: string,
  formulary: string,
  gsn: string,
  ndc: string,
  strength: string,
  dose: string,
  unit: string,
  form: string,
  formUnit: string
]

/** Ordered by name: tablets, injections, inhalations. */
function order(words: Words, route = 'PO', generic = words[0]): { order: Order } {
  const [drug, formulary, gsn, ndc, strength, dose, unit, form, formUnit] = words
  return { order: { drug, generic, formulary, gsn, ndc, strength, dose, unit, form, formUnit, route } }
}

/** An intravenous mixture: two rows, the medicine and its bag. */
function mixture(words: Words, base: BaseName, route = 'IV'): { order: Order } {
  return { order: { ...order(words, route, '').order, base } }
}

function drip(
  old: readonly [number, string],
  itemid: number,
  label: string,
  unit: RateUnit,
  rates: readonly [number, number],
  bag: readonly [number, number],
  mixedIn: FluidName,
  digits: number,
  [amount, ...carevueAmount]: readonly [amount: string, carevue: string, factor: number] = ['mg', 'mg', 1]
): { drip: Drip } {
  const items = {
    carevue: carevue(old[0], old[1], carevueAmount[0], 'inputevents_cv'),
    metavision: given(itemid, label, MEDICATIONS, amount)
  }
  return { drip: { items, unit, amount, carevueAmount, bag, mixedIn, rates, digits } }
}

function antibiotic(itemid: number, label: string, everyHours: number, mixedIn: FluidName, millilitres: number): { push: Push } {
  const item = given(itemid, label, ANTIBIOTICS, 'dose')
  return { push: { item, category: '08-Antibiotics (IV)', amount: 1, unit: 'dose', everyHours, mixedIn: [mixedIn, millilitres] } }
}

function push(itemid: number, label: string, category: Push['category'], amount: number, unit: string, everyHours: number): { push: Push } {
  return { push: { item: given(itemid, label, MEDICATIONS, unit), category, amount, unit, everyHours } }
}

export const MEDICINES = {
  // Infections
  vancomycin: {
    ...mixture(['Vancomycin', 'VANC1F', '043952', '00338355248', '1g Frozen Bag', '1000', 'mg', '1', 'BAG'], 'frozen200'),
    ...antibiotic(225798, 'Vancomycin', 12, 'dextrose', 200)
  },
  piperacillin: {
    ...mixture(
      ['Piperacillin-Tazobactam Na', 'ZOSY2.25I', '021185', '00206885216', '2.25 g Frozen Bag', '4.5', 'g', '2', 'BAG'],
      'frozen50'
    ),
    ...antibiotic(225893, 'Piperacillin/Tazobactam (Zosyn)', 8, 'dextrose', 100)
  },
  cefepime: {
    ...mixture(['CefePIME', 'CEFE2I', '024095', '60505068104', '2g Vial', '2', 'g', '10', 'mL'], 'dextrose100'),
    ...antibiotic(225851, 'Cefepime', 12, 'dextrose', 100)
  },
  ceftriaxone: {
    ...mixture(['CeftriaXONE', 'CEFX1F', '059424', '00338500241', '1g Frozen Bag', '1', 'gm', '1', 'BAG'], 'frozen50'),
    ...antibiotic(225855, 'Ceftriaxone', 24, 'dextrose', 50)
  },
  meropenem: {
    ...mixture(['Meropenem', 'MERO500I', '026488', '00310032520', '500mg Vial', '500', 'mg', '1', 'VIAL'], 'saline100'),
    ...antibiotic(225883, 'Meropenem', 6, 'saline', 100)
  },
  levofloxacin: {
    ...mixture(['Levofloxacin', 'LEVO500PM', '029929', '00045006801', '500mg Premix Bag', '750', 'mg', '1.5', 'BAG'], 'frozen50'),
    ...antibiotic(225879, 'Levofloxacin', 24, 'dextrose', 150)
  },
  metronidazole: {
    ...mixture(['Metronidazole', 'METR500PM', '009588', '00074781124', '500mg Premix Bag', '500', 'mg', '1', 'BAG'], 'vial'),
    ...antibiotic(225884, 'Metronidazole', 8, 'saline', 100)
  },
  cefazolin: {
    ...mixture(['Cefazolin', 'CEFA1F', '009061', '00007313705', '1g Froz.Bag', '1', 'gm', '1', 'BAG'], 'frozen50'),
    ...antibiotic(225850, 'Cefazolin', 8, 'dextrose', 50)
  },
  azithromycin: order(['Azithromycin', 'ZITHR250', '026721', '59762306003', '250 mg Tab', '250', 'mg', '1', 'TAB']),
  ciprofloxacin: order(['Ciprofloxacin HCl', 'CIPR500', '009510', '00172531210', '500mg Tab', '500', 'mg', '1', 'TAB']),

  // Shock and pressure
  norepinephrine: {
    ...mixture(['Norepinephrine', 'LEVO4I', '028633', '00703115303', '4mg/4mL Amp', '8', 'mg', '2', 'AMP'], 'saline250', 'IV DRIP'),
    ...drip([30120, 'Levophed-k'], 221906, 'Norepinephrine', 'mcg/kg/min', [0.18, 0.03], [8, 250], 'saline', 2)
  },
  vasopressin: {
    ...mixture(['Vasopressin', 'VASO20I', '006612', '54569391600', '20U/ML VIAL', '100', 'UNIT', '5', 'ml'], 'dextrose100', 'IV DRIP'),
    ...drip([30051, 'Vasopressin'], 222315, 'Vasopressin', 'units/hour', [2.4, 2.4], [100, 100], 'dextrose', 1, ['units', 'U', 1])
  },
  phenylephrine: {
    ...mixture(['Phenylephrine HCl', 'PHEN10I', '005068', '10019016312', '10mg/1mL Vial', '60', 'mg', '6', 'VIAL'], 'saline250', 'IV DRIP'),
    ...drip([30128, 'Neosynephrine-k'], 221749, 'Phenylephrine', 'mcg/kg/min', [1.2, 0.3], [60, 250], 'saline', 2)
  },
  nitroglycerin: {
    ...mixture(['Nitroglycerin', 'NTG100PM', '015361', '00409148402', '100MG/250 PM', '100', 'mg', '1', 'BTL'], 'dextrose250', 'IV DRIP'),
    ...drip([30121, 'Nitroglycerine-k'], 222056, 'Nitroglycerin', 'mcg/kg/min', [0.8, 0.2], [100, 250], 'dextrose', 2)
  },
  nicardipine: {
    ...mixture(['Nicardipine IV', 'NICA25I', '019543', '67286081203', '25mg/10mL Amp', '25', 'mg', '1', 'AMP'], 'saline250', 'IV DRIP'),
    ...drip([30178, 'Nicardipine'], 222042, 'Nicardipine', 'mcg/kg/min', [1.4, 0.4], [25, 250], 'saline', 2)
  },
  amiodarone: {
    ...mixture(['Amiodarone', 'AMIO150I', '050676', '63323061603', '150mg/3mL Vial', '600', 'mg', '4', 'VIAL'], 'dextrose250', 'IV DRIP'),
    ...drip([30112, 'Amiodarone'], 221347, 'Amiodarone', 'mg/min', [1, 0.5], [450, 250], 'dextrose', 1)
  },

  // Sleep and pain
  propofol: {
    ...order(['Propofol', 'PROP100IG', '016796', '63323026965', '1000mg/100mL Vial', '1000', 'mg', '1', 'VIAL'], 'IV DRIP'),
    ...drip([30131, 'Propofol'], 222168, 'Propofol', 'mcg/kg/min', [45, 15], [1000, 100], 'solution', 0)
  },
  midazolam: {
    ...mixture(['Midazolam', 'MIDA50I', '003780', '10019002710', '50mg/10mL Vial', '100', 'mg', '20', 'mL'], 'saline100', 'IV DRIP'),
    ...drip([30124, 'Midazolam'], 221668, 'Midazolam (Versed)', 'mg/hour', [4, 1], [100, 100], 'saline', 1)
  },
  fentanyl: {
    ...order(['Fentanyl Citrate', 'FENT2.5I', '041385', '10019003783', '2.5mg/50mL Vial', '2.5', 'mg', '50', 'mL'], 'IV DRIP', ''),
    ...drip([30118, 'Fentanyl'], 221744, 'Fentanyl', 'mcg/hour', [100, 25], [2.5, 250], 'saline', 0, ['mg', 'mcg', 1000])
  },
  morphine: {
    ...order(['Morphine Sulfate', 'MORP2I', '004070', '00409176230', '2mg Syringe', '2-4', 'mg', '1-2', 'SYR'], 'IV'),
    ...push(225154, 'Morphine Sulfate', '05-Med Bolus', 2, 'mg', 6)
  },
  oxycodone: order(['Oxycodone-Acetaminophen', 'PERC5', '004222', '00406051262', '5mg/325mg Tab', '1-2', 'TAB', '1-2', 'TAB']),
  acetaminophen: order(['Acetaminophen', 'ACET325', '004489', '00182844789', '325mg Tablet', '325-650', 'mg', '1-2', 'TAB'], 'PO/NG'),
  haloperidol: order(['Haloperidol', 'HALD5I', '003970', '55390014710', '5mg/mL Vial', '0.5', 'mg', '0.1', 'VIAL'], 'IV'),

  // Sugar, salts, acid
  insulinDrip: {
    ...mixture(
      ['Insulin Human Regular', 'INHRIV', '001723', '00002821501', '100Units/mL; 10mL Vial', '100', 'UNIT', '1', 'mL'],
      'saline100',
      'IV DRIP'
    ),
    ...drip([30045, 'Insulin'], 223258, 'Insulin - Regular', 'units/hour', [8, 2], [100, 100], 'saline', 1, ['units', 'U', 1])
  },
  insulinScale: {
    ...order(
      ['Insulin', 'INSULIN', '001723', '0', 'Dummy Package for Sliding Scale', '0', 'UNIT', '0', 'VIAL'],
      'SC',
      'Insulin - Sliding Scale'
    ),
    ...push(223262, 'Insulin - Humalog', '06-Insulin (Non IV)', 4, 'units', 6)
  },
  glargine: {
    ...order(['Insulin Glargine', 'GLAR100I', '047780', '00088222033', '100 Units/mL Vial', '20', 'UNIT', '0.2', 'mL'], 'SC'),
    ...push(223260, 'Insulin - Glargine', '06-Insulin (Non IV)', 20, 'units', 24)
  },
  potassium: order(['Potassium Chloride', 'POTA20', '022346', '58177020211', '20 mEq SR Tablet', '40', 'mEq', '2', 'TAB']),
  magnesium: {
    ...order(['Magnesium Sulfate', 'MAG2PM', '016546', '00409672924', '2 g / 50 mL Premix Bag', '2', 'gm', '1', 'BAG'], 'IV', '')
  },

  // Heart and vessels
  heparinDrip: {
    ...mixture(
      ['Heparin Sodium', 'HEPPREMIX', '060301', '00338055002', '25,000 unit Premix Bag', '25,000', 'UNIT', '1', 'BAG'],
      'heparinBase'
    ),
    ...drip([30025, 'Heparin'], 225152, 'Heparin Sodium', 'units/hour', [1150, 950], [25000, 250], 'dextrose', 0, ['units', 'U', 1])
  },
  heparin: {
    ...order(
      ['Heparin', 'HEPA5I', '006549', '63323026201', '5000 Units / mL- 1mL Vial', '5000', 'UNIT', '1', 'mL'],
      'SC',
      'Heparin Sodium'
    ),
    ...push(225975, 'Heparin Sodium (Prophylaxis)', '11-Prophylaxis (Non IV)', 1, 'dose', 8)
  },
  enoxaparin: order(['Enoxaparin Sodium', 'LOVE40I', '039482', '00075062040', '40mg Syringe', '40', 'mg', '1', 'SYR'], 'SC'),
  aspirin: order(['Aspirin', 'ASA325', '004376', '63739002401', '325mg Tablet', '325', 'mg', '1', 'TAB']),
  aspirinLow: order(['Aspirin', 'ASA81', '004380', '00904404073', '81mg Tab', '81', 'mg', '1', 'TAB']),
  clopidogrel: order(['Clopidogrel', 'CLOP75', '038164', '63653117103', '75 mg Tablet', '75', 'mg', '1', 'TAB']),
  atorvastatin: order(['Atorvastatin', 'ATOR80', '045772', '00071015823', '80mg Tablet', '80', 'mg', '1', 'TAB']),
  simvastatin: order(['Simvastatin', 'SIMV40', '016579', '51079045620', '40mg Tablet', '40', 'mg', '1', 'TAB']),
  metoprolol: order(['Metoprolol Tartrate', 'METO25', '050631', '51079025520', '25mg Tablet', '25', 'mg', '1', 'TAB']),
  metoprololPush: {
    ...order(['Metoprolol Tartrate', 'METO5I', '019808', '55390007310', '5mg/5mL Vial', '5', 'mg', '1', 'VIAL'], 'IV'),
    ...push(225974, 'Metoprolol', '05-Med Bolus', 5, 'mg', 6)
  },
  lisinopril: order(['Lisinopril', 'LISI5', '000393', '00172375810', '5mg Tablet', '5', 'mg', '1', 'TAB']),
  amlodipine: order(['Amlodipine', 'AMLO5', '016926', '59762153005', '5mg Tablet', '5', 'mg', '1', 'TAB']),
  warfarin: order(['Warfarin', 'WARF2', '006561', '00056017075', '2mg Tab', '2', 'mg', '1', 'TAB']),
  furosemide: {
    ...order(['Furosemide', 'FURO40I', '008205', '00517570425', '40mg/4mL Vial', '40', 'mg', '1', 'VIAL'], 'IV'),
    ...push(221794, 'Furosemide (Lasix)', '05-Med Bolus', 40, 'mg', 12)
  },
  furosemideTablet: order(['Furosemide', 'FURO40', '008209', '51079007320', '40mg Tab', '40', 'mg', '1', 'TAB']),

  // Lungs, stomach, the rest
  albuterol: order(['Albuterol 0.083% Neb Soln', 'ALBU3H', '005039', '49502069724', '0.083%;3mL Vial', '1', 'NEB', '1', 'VIAL'], 'IH'),
  ipratropium: order(['Ipratropium Bromide Neb', 'IPRA2H', '021700', '00487980125', '2.5mL Vial', '1', 'NEB', '1', 'VIAL'], 'IH'),
  prednisone: order(['PredniSONE', 'PRED20', '006751', '00054001820', '20 mg Tablet', '60', 'mg', '3', 'TAB']),
  pantoprazole: {
    ...order(['Pantoprazole Sodium', 'PANT40I', '047635', '00008092355', '40mg Vial', '40', 'mg', '1', 'VIAL'], 'IV', ''),
    ...push(225910, 'Pantoprazole (Protonix)', '10-Prophylaxis (IV)', 1, 'dose', 24)
  },
  pantoprazoleDrip: {
    ...mixture(['Pantoprazole Sodium', 'PANT40I', '047635', '00008092355', '40mg Vial', '80', 'mg', '2', 'VIAL'], 'saline100', 'IV DRIP')
  },
  pantoprazoleTablet: order(['Pantoprazole', 'PANT40', '027462', '00008084199', '40mg Tablet', '40', 'mg', '1', 'TAB']),
  octreotide: {
    ...mixture(['Octreotide Acetate', 'OCTR0.1I', '053978', '55390016110', '0.1 mg Amp', '0.6', 'mg', '6', 'mL'], 'saline250', 'IV DRIP'),
    ...drip([30133, 'Sandostatin'], 225155, 'Octreotide', 'mcg/hour', [50, 50], [0.6, 250], 'saline', 0, ['mg', 'mcg', 1000])
  },
  docusate: order(['Docusate Sodium', 'DOCU100', '003009', '00904224461', '100mg Capsule', '100', 'mg', '1', 'CAP']),
  senna: order(['Senna', 'SENN187', '019964', '00904516561', '1 Tablet', '1', 'TAB', '1', 'TAB']),
  ondansetron: order(['Ondansetron', 'ONDAN4I', '061716', '00781305714', '2mg/mL-2mL', '4', 'mg', '1', 'VIAL'], 'IV'),
  levothyroxine: order(['Levothyroxine Sodium', 'LEVO75', '006650', '00074518211', '75mcg Tab', '75', 'mcg', '1', 'TAB']),
  citalopram: order(['Citalopram Hydrobromide', 'CITA20', '046203', '60505251903', '20mg Tablet', '20', 'mg', '1', 'TAB']),
  allopurinol: order(['Allopurinol', 'ALLO100', '002535', '51079020520', '100mg Tab', '100', 'mg', '1', 'TAB']),
  flush: order(['Sodium Chloride 0.9%  Flush', 'NACLFLUSH', '', '0', 'Syringe', '3', 'mL', '0.6', 'SYR'], 'IV')
} as const satisfies Record<string, Medicine>

export type MedicineName = keyof typeof MEDICINES
