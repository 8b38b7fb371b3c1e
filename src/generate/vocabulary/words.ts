/** Choices on the chart: how each bedside system words them, and the number it keeps beside the words. */

import type { System } from './items.js'

/** Words, and the number that stands beside them ('' where none does). */
export type Wording = readonly [words: string, number: string]
export type Choice = Readonly<Record<System, Wording>>

function choice(carevue: string, metavision: string, number = '', carevueNumber = ''): Choice {
  return { carevue: [carevue, carevueNumber], metavision: [metavision, number] }
}

/** From 1. */
export const EYES: readonly Choice[] = [
  choice('1 No Response', 'None', '1', '1'),
  choice('2 To pain', 'To Pain', '2', '2'),
  choice('3 To speech', 'To Speech', '3', '3'),
  choice('4 Spontaneously', 'Spontaneously', '4', '4')
]
export const VERBAL: readonly Choice[] = [
  choice('1 No Response', 'No Response', '1', '1'),
  choice('2 Incomp sounds', 'Incomprehensible sounds', '2', '2'),
  choice('3 Inapprop words', 'Inappropriate Words', '3', '3'),
  choice('4 Confused', 'Confused', '4', '4'),
  choice('5 Oriented', 'Oriented', '5', '5')
]
/** Speech cannot be tested with a tube in the throat. */
export const TUBE = choice('1.0 ET/Trach', 'No Response-ETT', '1', '1')
export const MOTOR: readonly Choice[] = [
  choice('1 No Response', 'No response', '1', '1'),
  choice('2 Abnorm extensn', 'Abnormal extension', '2', '2'),
  choice('3 Abnorm flexion', 'Abnormal Flexion', '3', '3'),
  choice('4 Flex-withdraws', 'Flex-withdraws', '4', '4'),
  choice('5 Localizes Pain', 'Localizes Pain', '5', '5'),
  choice('6 Obeys Commands', 'Obeys Commands', '6', '6')
]
/** From deep sedation to calm to agitated. */
export const AGITATION: readonly Choice[] = [
  choice('Unarousable', 'Unarousable', '1'),
  choice('Very Sedated', 'Very Sedated', '2'),
  choice('Sedated', 'Sedated', '3'),
  choice('Calm/Cooperative', 'Calm/Cooperative', '4'),
  choice('Agitated', 'Agitated', '5')
]
export const PAIN: readonly Choice[] = [
  choice('', 'None', '0'),
  choice('', 'None to Mild', '1'),
  choice('', 'Mild', '2'),
  choice('', 'Mild to Moderate', '3'),
  choice('', 'Mild to Moderate.', '4'),
  choice('', 'Moderate', '5'),
  choice('', 'Moderate to Severe', '6')
]
export const PAIN_UNKNOWN = choice('', 'Unable to Score', '0')
/** From 1, as in the Braden scale. */
export const BRADEN_SENSES: readonly Choice[] = [
  choice('Comp. Limited', 'Completely Limited', '1'),
  choice('Very Limited', 'Very Limited', '2'),
  choice('Sl. Limited', 'Slight Impairment', '3'),
  choice('No Impairment', 'No Impairment', '4')
]
export const BRADEN_ACTIVITY: readonly Choice[] = [
  choice('Bedfast', 'Bedfast', '1'),
  choice('Chairfast', 'Chairfast', '2'),
  choice('Walks Occasional', 'Walks Occasionally', '3')
]
export const BRADEN_MOBILITY: readonly Choice[] = [
  choice('Comp. Immobile', 'Completely Immobile', '1'),
  choice('Very Limited', 'Very Limited', '2'),
  choice('Sl. Limited', 'Slight Limitations', '3'),
  choice('No Limitations', 'No Limitations', '4')
]

export const SINUS = choice('Normal Sinus', 'SR (Sinus Rhythm)')
export const SINUS_FAST = choice('Sinus Tachy', 'ST (Sinus Tachycardia)')
export const SINUS_SLOW = choice('Sinus Brady', 'SB (Sinus Bradycardia)')
export const FIBRILLATION = choice('Atrial Fib', 'AF (Atrial Fibrillation)')
export const ASYSTOLE = choice('Asystole', 'Asystole')
export const NO_ECTOPY = choice('None', 'None')
export const ECTOPY = choice("PVC's", "PVC's")

export const ALERT = choice('Alert', 'Alert')
export const DROWSY = choice('Lethargic', 'Lethargic')
export const TO_VOICE = choice('Arouse to Voice', 'Arouse to Voice')
export const UNRESPONSIVE = choice('Unresponsive', 'Unresponsive')
export const ORIENTED = choice('Oriented x 3', 'Oriented x3')
export const DISORIENTED = choice('Oriented x 1', 'Oriented x1')
export const UNTESTED = choice('Unable to Assess', 'Unable to Assess')

export const LUNGS: readonly Choice[] = [
  choice('Clear', 'Clear'),
  choice('Diminished', 'Diminished'),
  choice('Crackles', 'Crackles'),
  choice('Rhonchi', 'Rhonchi'),
  choice('Exp Wheeze', 'Exp Wheeze')
]
export const ON_ROOM_AIR = choice('None', 'None')
export const PRONGS = choice('Nasal Cannula', 'Nasal cannula')
export const FACE_MASK = choice('Face Tent', 'Face tent')
export const BIPAP = choice('Bipap Mask', 'Bipap mask')
export const IN_TUBE = choice('Other/Remarks', 'Endotracheal tube')
export const CONTROLLED = choice('Assist Control', 'CMV/ASSIST/AutoFlow', '49')
export const SUPPORTED = choice('CPAP+PS', 'CPAP/PSV', '11')
export const MACHINE = choice('Drager', 'Drager', '1')

export const NO = choice('No', 'No')
export const YES = choice('Yes', 'Yes')
export const ON = choice('ON', '1', '1')
export const FULL_CODE = choice('Full Code', 'Full code')
export const NO_RESUSCITATION = choice('Do Not Resuscita', 'DNR / DNI')
export const COMFORT_ONLY = choice('Comfort Measures', 'Comfort measures only')
export const CATHETER = choice('Indwelling Cath', 'Indwelling Urinary Catheter')
export const VOIDS = choice('Voids', 'Voids')
export const NOTHING_BY_MOUTH = choice('NPO', 'NPO')
export const TUBE_FEEDING = choice('Tube Feeding', 'Tube Feeding')
export const HEART_DIET = choice('NAS/Low Cholest', '2 GM Sodium Heart Healthy')
export const DIABETIC_DIET = choice('Diabetic', 'Diabetic')
export const BEDREST = choice('Bedrest', 'Bedrest')
export const CHAIR = choice('Chair', 'Chair')

/** ADMISSIONS.marital_status as the bedside writes it, with MetaVision's number of the choice. */
export const MARRIED: Readonly<Record<string, Choice>> = {
  MARRIED: choice('Married', 'Married', '2'),
  SINGLE: choice('Single', 'Single', '1'),
  WIDOWED: choice('Widowed', 'Widowed', '4'),
  DIVORCED: choice('Divorced', 'Divorced', '3')
}

/** Words that differ only in how they are picked. */
export const POSITIONS: readonly Choice[] = [
  choice('Supine', 'Supine'),
  choice('Left Side', 'Left Side'),
  choice('Right Side', 'Right Side')
]
export const HEAD_OF_BED: readonly Choice[] = [
  choice('30 degrees', '30 Degrees'),
  choice('45 degrees', '45 Degrees'),
  choice('15 degrees', '15 Degrees')
]
export const URINE_COLOURS: readonly Choice[] = [
  choice('Yellow', 'Yellow'),
  choice('Yellow', 'Yellow'),
  choice('Amber', 'Amber'),
  choice('Light Yellow', 'Light Yellow')
]
export const PUPILS: readonly Choice[] = [choice('3 mm', '3mm'), choice('2 mm', '2mm'), choice('4 mm', '4mm')]
export const BELLIES: readonly Choice[] = [
  choice('Soft', 'Soft'),
  choice('Soft', 'Soft'),
  choice('Soft Distended', 'Soft Distended'),
  choice('Obese', 'Obese')
]
export const BOWELS: readonly Choice[] = [choice('Present', 'Present'), choice('Present', 'Present'), choice('Hypoactive', 'Hypoactive')]
export const TEMPERATURE_SITES: readonly Choice[] = [
  choice('Oral', 'Oral'),
  choice('Oral', 'Oral'),
  choice('Axillary', 'Axillary'),
  choice('Rectal', 'Rectal')
]
export const SAFETY: readonly Choice[] = [
  choice('', 'Bed locked in low position'),
  choice('', 'Call light within reach'),
  choice('', 'Adequate lighting')
]
export const WARM = choice('Warm', 'Warm')
export const COOL = choice('Cool', 'Cool')
export const INTACT = choice('Intact', 'Intact')
export const IMPAIRED = choice('Impaired', 'Impaired')
export const UNIVERSAL = choice('Universal', 'Universal')
export const NO_ALLERGY = choice('No Known Drug Allergies', 'No Known Drug Allergies')
export const PENICILLINS = choice('Penicillins', 'Penicillins')
