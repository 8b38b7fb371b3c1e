/** Whose versions are never removed: questions, answers and their tasks, whose earlier texts are evidence, and the audit. */
export const KEEPS_HISTORY: readonly string[] = ['Communication', 'Task', 'AuditEvent', 'Provenance']
