/**
 * The laboratory's items: number, name, unit and reference range as the source writes them, and the LOINC code.
 *
 * Item numbers are those of MIMIC-III. Units are spelt as there (`K/uL`, `mEq/L`, `units`).
 */

export interface Lab {
  readonly itemid: number
  readonly label: string
  readonly fluid: 'Blood' | 'Urine'
  readonly category: 'Blood Gas' | 'Chemistry' | 'Hematology'
  readonly loinc: string
  readonly unit: string
  readonly digits: number
  /** Outside of it the result is flagged. */
  readonly low: number
  readonly high: number
}

function blood(category: Lab['category']) {
  return (itemid: number, label: string, loinc: string, unit: string, digits: number, low: number, high: number): Lab => ({
    itemid,
    label,
    fluid: 'Blood',
    category,
    loinc,
    unit,
    digits,
    low,
    high
  })
}

const gas = blood('Blood Gas')
const chemistry = blood('Chemistry')
const haematology = blood('Hematology')

/** A urine item; urine is examined by the haematology laboratory. */
function urine(itemid: number, label: string, loinc: string, unit: string, digits: number, low: number, high: number): Lab {
  return { itemid, label, fluid: 'Urine', category: 'Hematology', loinc, unit, digits, low, high }
}

const any = Number.POSITIVE_INFINITY

export const LABS = {
  specimen: gas(50800, 'Specimen Type', '', '', 0, -any, any),
  baseExcess: gas(50802, 'Base Excess', '11555-0', 'mEq/L', 0, -3, 3),
  totalCarbonDioxide: gas(50804, 'Calculated Total CO2', '34728-6', 'mEq/L', 0, 21, 30),
  freeCalcium: gas(50808, 'Calcium, Free', '1994-3', 'mmol/L', 2, 1.12, 1.32),
  gasGlucose: gas(50809, 'Glucose, Whole Blood', '2339-0', 'mg/dL', 0, 70, 105),
  lactate: gas(50813, 'Lactate', '32693-4', 'mmol/L', 1, 0.5, 2),
  carbonDioxide: gas(50818, 'pCO2', '11557-6', 'mm Hg', 0, 35, 45),
  ph: gas(50820, 'pH', '11558-4', 'units', 2, 7.35, 7.45),
  oxygen: gas(50821, 'pO2', '11556-8', 'mm Hg', 0, 85, 105),
  gasPotassium: gas(50822, 'Potassium, Whole Blood', '6298-4', 'mEq/L', 1, 3.3, 5.1),
  haemoglobinA1c: chemistry(50852, 'Hemoglobin A1c', '4548-4', '%', 1, 4, 6),
  alanineTransferase: chemistry(50861, 'Alanine Aminotransferase (ALT)', '1742-6', 'IU/L', 0, 0, 40),
  albumin: chemistry(50862, 'Albumin', '1751-7', 'g/dL', 1, 3.5, 5.2),
  alkalinePhosphatase: chemistry(50863, 'Alkaline Phosphatase', '6768-6', 'IU/L', 0, 35, 115),
  anionGap: chemistry(50868, 'Anion Gap', '1863-0', 'mEq/L', 0, 8, 20),
  aspartateTransferase: chemistry(50878, 'Aspartate Aminotransferase (AST)', '1920-8', 'IU/L', 0, 0, 40),
  bicarbonate: chemistry(50882, 'Bicarbonate', '1963-8', 'mEq/L', 0, 22, 32),
  bilirubin: chemistry(50885, 'Bilirubin, Total', '1975-2', 'mg/dL', 1, 0, 1.5),
  reactiveProtein: chemistry(50889, 'C-Reactive Protein', '1988-5', 'mg/L', 1, 0, 5),
  calcium: chemistry(50893, 'Calcium, Total', '2000-8', 'mg/dL', 1, 8.4, 10.3),
  chloride: chemistry(50902, 'Chloride', '2075-0', 'mEq/L', 0, 96, 108),
  creatineKinase: chemistry(50910, 'Creatine Kinase (CK)', '2157-6', 'IU/L', 0, 30, 190),
  creatineKinaseMb: chemistry(50911, 'Creatine Kinase, MB Isoenzyme', '6773-6', 'ng/mL', 0, 0, 10),
  creatinine: chemistry(50912, 'Creatinine', '2160-0', 'mg/dL', 1, 0.4, 1.2),
  glucose: chemistry(50931, 'Glucose', '2345-7', 'mg/dL', 0, 70, 105),
  lactateDehydrogenase: chemistry(50954, 'Lactate Dehydrogenase (LD)', '2532-0', 'IU/L', 0, 94, 250),
  lipase: chemistry(50956, 'Lipase', '3040-3', 'IU/L', 0, 0, 60),
  magnesium: chemistry(50960, 'Magnesium', '19123-9', 'mg/dL', 1, 1.6, 2.6),
  natriureticPeptide: chemistry(50963, 'NTproBNP', '33762-6', 'pg/mL', 0, 0, 450),
  phosphate: chemistry(50970, 'Phosphate', '2777-1', 'mg/dL', 1, 2.7, 4.5),
  potassium: chemistry(50971, 'Potassium', '2823-3', 'mEq/L', 1, 3.3, 5.1),
  sodium: chemistry(50983, 'Sodium', '2951-2', 'mEq/L', 0, 133, 145),
  troponin: chemistry(51003, 'Troponin T', '6598-7', 'ng/mL', 2, 0, 0.01),
  urea: chemistry(51006, 'Urea Nitrogen', '3094-0', 'mg/dL', 0, 6, 20),
  bands: haematology(51144, 'Bands', '763-3', '%', 0, 0, 5),
  basophils: haematology(51146, 'Basophils', '704-7', '%', 1, 0, 2),
  eosinophils: haematology(51200, 'Eosinophils', '711-2', '%', 1, 0, 4),
  haematocrit: haematology(51221, 'Hematocrit', '4544-3', '%', 1, 36, 48),
  haemoglobin: haematology(51222, 'Hemoglobin', '718-7', 'g/dL', 1, 12, 16),
  inr: haematology(51237, 'INR(PT)', '5895-7', '', 1, 0.9, 1.1),
  lymphocytes: haematology(51244, 'Lymphocytes', '731-0', '%', 1, 18, 42),
  cellHaemoglobin: haematology(51248, 'MCH', '785-6', 'pg', 1, 27, 32),
  cellConcentration: haematology(51249, 'MCHC', '786-4', '%', 1, 31, 35),
  cellVolume: haematology(51250, 'MCV', '787-2', 'fL', 0, 82, 98),
  monocytes: haematology(51254, 'Monocytes', '742-7', '%', 1, 2, 11),
  neutrophils: haematology(51256, 'Neutrophils', '761-7', '%', 1, 50, 70),
  platelets: haematology(51265, 'Platelet Count', '777-3', 'K/uL', 0, 150, 440),
  prothrombin: haematology(51274, 'PT', '5902-2', 'sec', 1, 10.4, 13.4),
  thromboplastin: haematology(51275, 'PTT', '3173-2', 'sec', 1, 22, 35),
  cellSpread: haematology(51277, 'RDW', '788-0', '%', 1, 10.5, 15.5),
  erythrocytes: haematology(51279, 'Red Blood Cells', '789-8', 'm/uL', 2, 4.2, 5.9),
  leukocytes: haematology(51301, 'White Blood Cells', '804-5', 'K/uL', 1, 4, 11),
  urineBacteria: urine(51463, 'Bacteria', '5769-5', '', 0, -any, any),
  urineGlucose: urine(51478, 'Glucose, Urine', '5792-7', 'mg/dL', 0, 0, 1),
  urineKetones: urine(51484, 'Ketone, Urine', '5797-6', 'mg/dL', 0, 0, 1),
  urineEsterase: urine(51486, 'Leukocytes, Urine', '5799-2', '', 0, -any, any),
  urineNitrite: urine(51487, 'Nitrite, Urine', '5802-4', '', 0, -any, any),
  urinePh: urine(51491, 'pH, Urine', '5803-2', 'units', 1, 5, 8),
  urineProtein: urine(51492, 'Protein, Urine', '5804-0', 'mg/dL', 0, 0, 1),
  urineErythrocytes: urine(51493, 'RBC, Urine', '5808-1', '#/hpf', 0, 0, 2),
  urineGravity: urine(51498, 'Specific Gravity', '5811-5', '', 3, 1.001, 1.035),
  urineColour: urine(51508, 'Urine Color', '5778-6', '', 0, -any, any),
  urineLeukocytes: urine(51516, 'WBC, Urine', '5821-4', '#/hpf', 0, 0, 5)
} as const satisfies Record<string, Lab>

export type LabName = keyof typeof LABS
