/** All tables in the order in which they are written. A new table is a new file and a line here; it changes no other table. */

import type { Table } from '../table.js'
import { admissions } from './admissions.js'
import { caregivers } from './caregivers.js'
import { dIcdDiagnoses } from './d-icd-diagnoses.js'
import { dLabitems } from './d-labitems.js'
import { diagnosesIcd } from './diagnoses-icd.js'
import { icustays } from './icustays.js'
import { labevents } from './labevents.js'
import { patients } from './patients.js'
import { physicians } from './physicians.js'
import { progress } from './progress.js'
import { questions } from './questions.js'

export const TABLES: readonly Table[] = [
  physicians,
  caregivers,
  dIcdDiagnoses,
  dLabitems,
  patients,
  admissions,
  icustays,
  diagnosesIcd,
  labevents,
  progress,
  questions
]
