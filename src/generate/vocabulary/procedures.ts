/** Procedures: ICD-9-CM codes as the coders give them (without dot), acts at the bedside, and the sections of CPT. */

import { carevue, date, done, output, type Pair } from './items.js'

/** Short and long title in our own words. */
export const ICD9_PROCEDURES: Readonly<Record<string, readonly [short: string, long: string]>> = {
  '0040': ['Procedure on one vessel', 'Procedure on a single vessel'],
  '0045': ['One vascular stent', 'Insertion of one stent into a vessel'],
  '0066': ['Coronary angioplasty', 'Widening of a coronary artery through a catheter'],
  '0331': ['Spinal tap', 'Puncture of the spinal canal'],
  '3324': ['Bronchoscopy with biopsy', 'Closed biopsy of a bronchus through an endoscope'],
  '3491': ['Thoracentesis', 'Puncture of the chest to drain fluid'],
  '3521': ['Aortic valve, tissue', 'Open replacement of the aortic valve with a tissue graft'],
  '3606': ['Bare coronary stent', 'Insertion of a coronary stent that elutes no drug'],
  '3607': ['Drug-eluting stent', 'Insertion of a coronary stent that elutes a drug'],
  '3612': ['Bypass, two arteries', 'Bypass of two coronary arteries from the aorta'],
  '3615': ['Bypass, mammary artery', 'Bypass from one internal mammary artery to a coronary artery'],
  '3722': ['Left heart catheter', 'Catheterization of the left heart'],
  '3891': ['Arterial line', 'Catheterization of an artery'],
  '3893': ['Central venous line', 'Catheterization of a vein, other'],
  '3895': ['Dialysis catheter', 'Catheterization of a vein for dialysis'],
  '3961': ['Heart-lung machine', 'Extracorporeal circulation for open heart surgery'],
  '3995': ['Hemodialysis', 'Hemodialysis'],
  '4223': ['Esophagoscopy', 'Endoscopy of the esophagus, other'],
  '4233': ['Varices banded', 'Endoscopic treatment of the esophagus'],
  '4443': ['Ulcer bleeding stopped', 'Endoscopic control of bleeding from stomach or duodenum'],
  '4513': ['Small bowel endoscopy', 'Endoscopy of the small bowel, other'],
  '4523': ['Colonoscopy', 'Endoscopy of the colon'],
  '4573': ['Right colon removed', 'Open removal of the right half of the colon'],
  '4863': ['Anterior resection', 'Removal of the rectum from the front'],
  '7935': ['Femur fracture fixed', 'Open reduction of a fracture of the femur with internal fixation'],
  '8151': ['Hip replacement', 'Total replacement of the hip'],
  '8152': ['Partial hip replacement', 'Partial replacement of the hip'],
  '8154': ['Knee replacement', 'Total replacement of the knee'],
  '8703': ['CT of the head', 'Computed tomography of the head'],
  '8856': ['Coronary angiogram', 'Coronary arteriography with two catheters'],
  '8872': ['Echocardiogram', 'Ultrasound of the heart'],
  '9390': ['Mask ventilation', 'Ventilation without a tube'],
  '9604': ['Intubation', 'Insertion of a tube into the windpipe'],
  '966': ['Tube feeding', 'Feeding through a tube'],
  '9671': ['Ventilation < 96 h', 'Continuous mechanical ventilation through a tube for less than 96 hours'],
  '9672': ['Ventilation 96+ h', 'Continuous mechanical ventilation through a tube for 96 hours or more'],
  '9904': ['Red cells transfused', 'Transfusion of packed red cells'],
  '9910': ['Clot dissolved', 'Injection or infusion of a clot-dissolving agent']
}

/** PROCEDUREEVENTS_MV. Lines and machines last (minutes), the rest happens once. */
export const ACTS = {
  xray: done(225459, 'Chest X-Ray', '5-Imaging'),
  scan: done(221214, 'CT scan', '5-Imaging'),
  echo: done(225432, 'Transthoracic Echo', '5-Imaging'),
  electrocardiogram: done(225402, 'EKG', '4-Procedures'),
  endoscopy: done(225439, 'Endoscopy', '4-Procedures'),
  bloodCulture: done(225401, 'Blood Cultured', '6-Cultures'),
  urineCulture: done(225454, 'Urine Culture', '6-Cultures'),
  sputumCulture: done(225451, 'Sputum Culture', '6-Cultures'),
  intubation: done(224385, 'Intubation', '1-Intubation/Extubation'),
  extubation: done(227194, 'Extubation', '1-Intubation/Extubation'),
  ventilation: done(225792, 'Invasive Ventilation', '2-Ventilation'),
  maskVentilation: done(225794, 'Non-invasive Ventilation', '2-Ventilation'),
  arterialLine: done(225752, 'Arterial Line', 'Access Lines - Invasive'),
  centralLine: done(224263, 'Multi Lumen', 'Access Lines - Invasive'),
  gauge18: done(224277, '18 Gauge', 'Access Lines - Peripheral'),
  gauge20: done(224275, '20 Gauge', 'Access Lines - Peripheral'),
  arrest: done(225466, 'Cardiac Arrest', '3-Significant Events'),
  fromTheatre: done(225469, 'OR Received', '3-Significant Events'),
  familyInformed: done(228128, 'Family updated by MD', '7-Communication')
} as const

/** DATETIMEEVENTS: dates of the lines in place. */
export const DATES = {
  birth: { metavision: date(226515, 'Date of Birth', 'ADT') },
  admission: { metavision: date(226724, 'Hospital Admit Date', 'ADT') },
  centralInserted: { metavision: date(224280, 'Multi Lumen Insertion Date', 'Access Lines - Invasive') },
  centralDressing: {
    carevue: carevue(5684, 'INV#1 Dsg Change [MM]', 'Date', 'datetimeevents'),
    metavision: date(224279, 'Multi Lumen Dressing Change', 'Access Lines - Invasive', 'Date and Time')
  },
  centralTubing: {
    carevue: carevue(6704, 'INV#1 Tubing Change [MM]', 'Date', 'datetimeevents'),
    metavision: date(224282, 'Multi Lumen Tubing Change', 'Access Lines - Invasive')
  },
  arterialInserted: { metavision: date(224288, 'Arterial line Insertion Date', 'Access Lines - Invasive') },
  arterialDressing: {
    carevue: carevue(5685, 'INV#2 Dsg Change [MM]', 'Date', 'datetimeevents'),
    metavision: date(224287, 'Arterial Line Dressing Change', 'Access Lines - Invasive', 'Date and Time')
  },
  peripheralInserted: { metavision: date(225754, '20 Gauge Insertion Date', 'Access Lines - Peripheral') }
} as const satisfies Record<string, Pair>

/** OUTPUTEVENTS: what leaves the body, and one thing that goes in. */
export const OUTPUTS = {
  foley: { carevue: carevue(40055, 'Urine Out Foley', 'ml', 'outputevents'), metavision: output(226559, 'Foley') },
  voided: { carevue: carevue(40069, 'Urine Out Void', 'ml', 'outputevents'), metavision: output(226560, 'Void') },
  stool: { carevue: carevue(40054, 'Stool Out Stool', 'ml', 'outputevents'), metavision: output(226579, 'Stool') },
  chestTube: { carevue: carevue(40076, 'Chest Tubes CTICU CT 1', 'ml', 'outputevents'), metavision: output(226588, 'Chest Tube #1') },
  drain: {
    carevue: carevue(40071, 'Drain Out #1 Jackson Pratt', 'ml', 'outputevents'),
    metavision: output(226599, 'Jackson Pratt #1', 'Drains')
  },
  stomach: { carevue: carevue(40052, 'Gastric Nasogastric', 'ml', 'outputevents'), metavision: output(226576, 'Oral Gastric') },
  irrigantIn: { metavision: output(227488, 'GU Irrigant Volume In') },
  irrigantOut: { metavision: output(227489, 'GU Irrigant/Urine Volume Out') }
} as const satisfies Record<string, Pair>

/** Sections of CPT in our own words, with the ranges of codes they hold. The texts of the codes themselves are licensed and not here. */
export const CPT_SECTIONS = [
  {
    category: 1,
    section: 'Evaluation and management',
    range: '99201-99499',
    subsection: 'Hospital inpatient services',
    from: 99221,
    to: 99239
  },
  { category: 1, section: 'Evaluation and management', range: '99201-99499', subsection: 'Consultations', from: 99241, to: 99255 },
  { category: 1, section: 'Evaluation and management', range: '99201-99499', subsection: 'Critical care services', from: 99291, to: 99292 },
  { category: 3, section: 'Surgery', range: '10021-69990', subsection: 'Respiratory system', from: 30000, to: 32999 },
  { category: 3, section: 'Surgery', range: '10021-69990', subsection: 'Cardiovascular system', from: 33010, to: 37799 },
  { category: 3, section: 'Surgery', range: '10021-69990', subsection: 'Digestive system', from: 40490, to: 49999 },
  { category: 4, section: 'Radiology', range: '70010-79999', subsection: 'Diagnostic radiology', from: 70010, to: 76499 },
  { category: 6, section: 'Medicine', range: '90281-99607', subsection: 'Cardiovascular', from: 92920, to: 93998 },
  { category: 6, section: 'Medicine', range: '90281-99607', subsection: 'Pulmonary', from: 94002, to: 94799 }
] as const
