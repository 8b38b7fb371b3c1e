/** All tables in the order in which they are written. A new table is a new file and a line here; it changes no other table. */

import type { Table } from '../table.js'
import { admissions } from './admissions.js'
import { callout } from './callout.js'
import { caregivers } from './caregivers.js'
import { chartevents } from './chartevents.js'
import { cptevents } from './cptevents.js'
import { dCpt } from './d-cpt.js'
import { dIcdDiagnoses } from './d-icd-diagnoses.js'
import { dIcdProcedures } from './d-icd-procedures.js'
import { dItems } from './d-items.js'
import { dLabitems } from './d-labitems.js'
import { datetimeevents } from './datetimeevents.js'
import { diagnosesIcd } from './diagnoses-icd.js'
import { drgcodes } from './drgcodes.js'
import { icustays } from './icustays.js'
import { inputeventsCv } from './inputevents-cv.js'
import { inputeventsMv } from './inputevents-mv.js'
import { labevents } from './labevents.js'
import { microbiologyevents } from './microbiologyevents.js'
import { noteevents } from './noteevents.js'
import { outputevents } from './outputevents.js'
import { patients } from './patients.js'
import { physicians } from './physicians.js'
import { prescriptions } from './prescriptions.js'
import { procedureeventsMv } from './procedureevents-mv.js'
import { proceduresIcd } from './procedures-icd.js'
import { progress } from './progress.js'
import { questions } from './questions.js'
import { services } from './services.js'
import { transfers } from './transfers.js'

export const TABLES: readonly Table[] = [
  physicians,
  caregivers,
  dIcdDiagnoses,
  dIcdProcedures,
  dLabitems,
  dItems,
  dCpt,
  patients,
  admissions,
  transfers,
  services,
  icustays,
  callout,
  diagnosesIcd,
  proceduresIcd,
  drgcodes,
  cptevents,
  labevents,
  microbiologyevents,
  prescriptions,
  chartevents,
  datetimeevents,
  inputeventsCv,
  inputeventsMv,
  outputevents,
  procedureeventsMv,
  noteevents,
  progress,
  questions
]
