/** Writes CSV rows (RFC 4180, line feed at the end of each row). */

/** One row. A cell is quoted when it has a quote, a comma or a line end; a row of one empty cell is written "" since an empty line is no row. */
export function csvRow(cells: readonly string[]): string {
  if (cells.length === 1 && cells[0] === '') return '""\n'
  return cells.map(csvCell).join(',') + '\n'
}

function csvCell(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
}
