/** The rules that light up a cell and its pieces together: one set per column, as a page without script cannot compute them. */

/** As many columns as the widest table of MIMIC-III has, and room for more. */
const COLUMNS = 64

export function highlightCss(): string {
  return Array.from({ length: COLUMNS }, (_, n) => {
    const cell = `.c${n}`
    const chosen = [`.pair:has(${cell}:hover)`, `.pair:has(#column-${n}:checked)`, `.pair:has(#column-${n}:focus-visible)`]
    const row = [`.pair:has(tr${cell}:hover)`, ...chosen.slice(1)]
    return `${chosen.map((one) => `${one} ${cell}`).join(',')}{background:var(--lit);--soft:var(--lit-ink)}
${row.map((one) => `${one} .d${n}`).join(',')}{text-decoration:underline dotted 2px;text-underline-offset:3px}
`
  }).join('')
}
