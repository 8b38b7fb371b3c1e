/** Search folding of strings (R4 search.html#string: insensitive to case, accents, punctuation and white space). */

const PLAIN = /^[0-9A-Za-z]+(?: [0-9A-Za-z]+)*$/

/**
 * NFKD, combining marks and punctuation removed, lower case, white space collapsed; text of nothing but punctuation keeps it. fold(fold(x)) is fold(x).
 */
export function fold(text: string): string {
  if (PLAIN.test(text)) return text.toLowerCase()
  const folded = text
    .normalize('NFKD')
    .toLowerCase()
    // Lower case can bring marks of its own (İ), and capital sigma turns into the final form at the end of a word.
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replaceAll('ς', 'σ')
  return collapsed(folded.replace(/\p{P}+/gu, '')) || collapsed(folded)
}

function collapsed(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}
