/** Search folding of strings (R4 search.html#string: insensitive to case, accents and white space). */

const PLAIN = /^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/

/** NFKD, combining marks removed, lower case, white space collapsed. fold(fold(x)) is fold(x). */
export function fold(text: string): string {
  if (PLAIN.test(text)) return text.toLowerCase()
  return (
    text
      .normalize('NFKD')
      .toLowerCase()
      // Lower case can bring marks of its own (İ), and capital sigma turns into the final form at the end of a word.
      .normalize('NFKD')
      .replace(/\p{M}+/gu, '')
      .replaceAll('ς', 'σ')
      .replace(/\s+/g, ' ')
      .trim()
  )
}
