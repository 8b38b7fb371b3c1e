/** Groups of laboratory results that come from one tube: true levels in, results out. Results of one panel agree with each other. */

import { type Levels, measured, type Quantity } from './physiology.js'
import type { Random } from './random.js'
import { LABS, type Lab, type LabName } from './vocabulary/labs.js'

/** Receives a result; `number` undefined where the text is no plain number. */
export type Emit = (lab: Lab, text: string, number: string, abnormal: boolean) => void

export type Panel = (levels: Levels, random: Random, emit: Emit) => void

function number(lab: Lab, value: number, emit: Emit): void {
  const text = value.toFixed(lab.digits)
  const shortest = String(Number(text))
  if (text.startsWith('-') && shortest === '0') emit(lab, text.slice(1), '0', false)
  else emit(lab, text, shortest, value < lab.low || value > lab.high)
}

/** A panel of quantities that are reported as they are measured. */
function direct(...names: readonly (Quantity & LabName)[]): Panel {
  return (levels, random, emit) => {
    for (const name of names) number(LABS[name], measured(name, levels[name], random), emit)
  }
}

/** Chloride follows from electric neutrality, with the anion gap counted including potassium as the source's rows have it. */
export const chemistry: Panel = (levels, random, emit) => {
  const sodium = Math.round(measured('sodium', levels.sodium, random))
  const potassium = measured('potassium', levels.potassium, random)
  const bicarbonate = Math.round(measured('bicarbonate', levels.bicarbonate, random))
  const chloride = Math.round(sodium + potassium - bicarbonate - measured('anionGap', levels.anionGap, random))
  number(LABS.anionGap, Math.round(sodium + potassium - chloride - bicarbonate), emit)
  number(LABS.bicarbonate, bicarbonate, emit)
  number(LABS.chloride, chloride, emit)
  number(LABS.creatinine, measured('creatinine', levels.creatinine, random), emit)
  number(LABS.glucose, measured('glucose', levels.glucose, random), emit)
  number(LABS.potassium, potassium, emit)
  number(LABS.sodium, sodium, emit)
  number(LABS.urea, measured('urea', levels.urea, random), emit)
}

export const minerals = direct('calcium', 'magnesium', 'phosphate')

/** Red cell indices follow from haemoglobin and cell volume. */
export const count: Panel = (levels, random, emit) => {
  const haemoglobin = measured('haemoglobin', levels.haemoglobin, random)
  const volume = measured('cellVolume', levels.cellVolume, random)
  const haematocrit = haemoglobin * random.between(2.92, 3.08)
  const erythrocytes = (haematocrit * 10) / volume
  number(LABS.haematocrit, haematocrit, emit)
  number(LABS.haemoglobin, haemoglobin, emit)
  number(LABS.cellHaemoglobin, (haemoglobin * 10) / erythrocytes, emit)
  number(LABS.cellConcentration, (haemoglobin * 100) / haematocrit, emit)
  number(LABS.cellVolume, volume, emit)
  number(LABS.platelets, measured('platelets', levels.platelets, random), emit)
  number(LABS.cellSpread, measured('cellSpread', levels.cellSpread, random), emit)
  number(LABS.erythrocytes, erythrocytes, emit)
  number(LABS.leukocytes, measured('leukocytes', levels.leukocytes, random), emit)
}

/** The shares of the white cells add up to 100. */
export const differential: Panel = (levels, random, emit) => {
  const bands = Math.round(measured('bands', levels.bands, random))
  const neutrophils = Math.min(99 - bands, measured('neutrophils', levels.neutrophils, random))
  const rest = 100 - bands - neutrophils
  const monocytes = rest * random.between(0.16, 0.24)
  const eosinophils = rest * random.between(0.01, 0.09)
  const basophils = rest * random.between(0.003, 0.02)
  if (bands > 0) number(LABS.bands, bands, emit)
  number(LABS.basophils, basophils, emit)
  number(LABS.eosinophils, eosinophils, emit)
  number(LABS.lymphocytes, rest - monocytes - eosinophils - basophils, emit)
  number(LABS.monocytes, monocytes, emit)
  number(LABS.neutrophils, neutrophils, emit)
}

export const coagulation: Panel = (levels, random, emit) => {
  const prothrombin = measured('prothrombin', levels.prothrombin, random)
  number(LABS.inr, prothrombin / 12.2, emit)
  number(LABS.prothrombin, prothrombin, emit)
  number(LABS.thromboplastin, measured('thromboplastin', levels.thromboplastin, random), emit)
}

export const liver = direct(
  'alanineTransferase',
  'albumin',
  'alkalinePhosphatase',
  'aspartateTransferase',
  'bilirubin',
  'lactateDehydrogenase'
)

/** Troponin below the detection limit is reported with a comparator. */
export const cardiac: Panel = (levels, random, emit) => {
  direct('creatineKinase', 'creatineKinaseMb')(levels, random, emit)
  const troponin = measured('troponin', levels.troponin, random)
  if (troponin < 0.01) emit(LABS.troponin, '<0.01', '', false)
  else number(LABS.troponin, troponin, emit)
}

/** The pH follows from bicarbonate and carbon dioxide (Henderson and Hasselbalch). */
export const gas: Panel = (levels, random, emit) => {
  const bicarbonate = measured('bicarbonate', levels.bicarbonate, random)
  const carbonDioxide = measured('carbonDioxide', levels.carbonDioxide, random)
  const ph = Math.min(7.65, Math.max(6.8, 6.1 + Math.log10(bicarbonate / (0.0307 * carbonDioxide))))
  const venous = random.chance(0.08)
  emit(LABS.specimen, venous ? 'VEN' : 'ART', '', false)
  number(LABS.baseExcess, Math.round(0.93 * (bicarbonate - 24.4 + 14.8 * (ph - 7.4))), emit)
  number(LABS.totalCarbonDioxide, bicarbonate + 0.0307 * carbonDioxide, emit)
  number(LABS.carbonDioxide, carbonDioxide, emit)
  number(LABS.ph, ph, emit)
  number(LABS.oxygen, venous ? random.between(32, 48) : measured('oxygen', levels.oxygen, random), emit)
}

export const gasElectrolytes: Panel = (levels, random, emit) => {
  number(LABS.freeCalcium, measured('freeCalcium', levels.freeCalcium, random), emit)
  const glucose = measured('glucose', levels.glucose, random)
  if (glucose > 500) emit(LABS.gasGlucose, 'GREATER THAN 500', '', true)
  else number(LABS.gasGlucose, glucose, emit)
  number(LABS.gasPotassium, measured('potassium', levels.potassium, random), emit)
}

export const lactate = direct('lactate')
export const natriureticPeptide = direct('natriureticPeptide')
export const reactiveProtein = direct('reactiveProtein')
export const lipase = direct('lipase')
export const haemoglobinA1c = direct('haemoglobinA1c')

/** Strips and microscopy: words, steps and ranges. */
export const urine: Panel = (levels, random, emit) => {
  const leukocytes = measured('urineLeukocytes', levels.urineLeukocytes, random)
  const infected = leukocytes > 15
  emit(LABS.urineBacteria, infected ? random.pick(['FEW', 'MOD', 'MANY']) : random.pick(['NONE', 'NONE', 'NONE', 'RARE', 'FEW']), '', false)
  step(LABS.urineGlucose, measured('urineGlucose', levels.urineGlucose, random), [70, 100, 250, 500, 1000], emit)
  step(LABS.urineKetones, measured('urineKetones', levels.urineKetones, random), [10, 15, 40, 80, 150], emit)
  emit(LABS.urineEsterase, infected ? random.pick(['SM', 'MOD', 'LG']) : random.pick(['NEG', 'NEG', 'NEG', 'TR']), '', infected)
  emit(LABS.urineNitrite, infected && random.chance(0.6) ? 'POS' : 'NEG', '', false)
  number(LABS.urinePh, random.whole(10, 15) / 2, emit)
  step(LABS.urineProtein, measured('urineProtein', levels.urineProtein, random), [30, 100, 300, 500], emit)
  cells(LABS.urineErythrocytes, measured('urineErythrocytes', levels.urineErythrocytes, random), random, emit)
  if (random.chance(0.02)) emit(LABS.urineGravity, '<1.005', '', false)
  else number(LABS.urineGravity, random.whole(5, 30) / 1000 + 1, emit)
  emit(LABS.urineColour, random.pick(['Yellow', 'Yellow', 'Straw', 'Amber']), '', false)
  cells(LABS.urineLeukocytes, leukocytes, random, emit)
}

/** A test strip shows steps: the last one reached, TR just below the first. */
function step(lab: Lab, value: number, steps: readonly number[], emit: Emit): void {
  const reached = steps.filter((limit) => value >= limit).at(-1)
  if (reached !== undefined) emit(lab, String(reached), String(reached), true)
  else if (value > steps[0]! * 0.7) emit(lab, 'TR', '', false)
  else emit(lab, 'NEG', '', false)
}

/** Cells under the microscope: counted by machine, or estimated by eye as a range. */
function cells(lab: Lab, value: number, random: Random, emit: Emit): void {
  if (random.chance(0.5)) {
    number(lab, Math.round(value), emit)
    return
  }
  const text = value <= 2 ? '0-2' : value <= 5 ? '3-5' : value <= 10 ? '6-10' : value <= 20 ? '11-20' : value <= 50 ? '21-50' : '>50'
  emit(lab, text, '', value > lab.high)
}
