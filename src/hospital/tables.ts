/** The tables of the interface, and how their rows name each other in FHIR. */

export type TableName = 'patients' | 'admissions' | 'progress' | 'questions' | 'physicians'

/** Where a column that names a row of another table stands, for resources that were written without our identifiers. */
export interface LinkColumn {
  readonly column: string
  readonly table: TableName
  /** Member of the resource that stands for the row (or of the one named), which holds the reference. */
  readonly member: string
  /** Id space of the resource, when it is not the one that stands for the row. */
  readonly part?: string
}

interface TableRow {
  /** identifier.system of the resource that stands for a row, below the source. */
  readonly system: string
  readonly links: readonly LinkColumn[]
  /** Column that says in words what a CodeableConcept of the resource is. */
  readonly text?: { readonly column: string; readonly member: string }
}

const PATIENT: LinkColumn = { column: 'subject_id', table: 'patients', member: 'subject' }
const ADMISSION: LinkColumn = { column: 'hadm_id', table: 'admissions', member: 'encounter' }

export const TABLES: Readonly<Record<TableName, TableRow>> = {
  patients: { system: 'subject_id', links: [] },
  admissions: { system: 'hadm_id', links: [PATIENT, { column: 'physician_id', table: 'physicians', member: 'participant' }] },
  progress: { system: 'progress_id', links: [PATIENT, ADMISSION], text: { column: 'code', member: 'code' } },
  questions: {
    system: 'question',
    links: [PATIENT, ADMISSION, { column: 'answered_by', table: 'physicians', member: 'sender', part: 'answer' }]
  },
  physicians: { system: 'physician_id', links: [] }
}
