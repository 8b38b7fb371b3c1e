import t from 'tap'
import { fold } from '#wardbridge/fhir/fold.js'
import { parseReference } from '#wardbridge/fhir/references.js'
import { Random } from './random.js'

t.test('reads the forms of a literal reference', async (t) => {
  t.same(parseReference('Patient/a-1.b'), { kind: 'relative', type: 'Patient', id: 'a-1.b', versionId: undefined })
  t.same(parseReference('Patient/1/_history/2'), { kind: 'relative', type: 'Patient', id: '1', versionId: '2' })
  t.same(parseReference('http://a.org/fhir/Patient/1'), {
    kind: 'absolute',
    url: 'http://a.org/fhir/Patient/1',
    target: { base: 'http://a.org/fhir', type: 'Patient', id: '1', versionId: undefined }
  })
  t.same(parseReference('https://a.org/Patient/1/_history/3'), {
    kind: 'absolute',
    url: 'https://a.org/Patient/1/_history/3',
    target: { base: 'https://a.org', type: 'Patient', id: '1', versionId: '3' }
  })
  t.same(parseReference('http://a.org/Questionnaire|2'), { kind: 'absolute', url: 'http://a.org/Questionnaire|2', target: undefined })
  t.same(parseReference('urn:uuid:0e2f'), { kind: 'urn', urn: 'urn:uuid:0e2f' })
  t.same(parseReference('#p1'), { kind: 'contained', id: 'p1' })
  t.same(parseReference('#'), { kind: 'contained', id: '' })
})

t.test('other text is no literal reference', async (t) => {
  for (const text of [
    '',
    'Patient',
    'Patient/',
    'Patient/a_b',
    'Nobody/1',
    'patient/1',
    '/Patient/1',
    'Patient/1/x',
    'Patient/1 ',
    'Patient?identifier=1',
    'urn:',
    'a b:c'
  ]) {
    t.equal(parseReference(text), undefined, JSON.stringify(text))
  }
  t.equal(parseReference(`Patient/${'a'.repeat(65)}`), undefined)
})

t.test('fold removes case, accents, punctuation and repeated white space', async (t) => {
  t.equal(fold('  Müller-LÜDENSCHEIDT \t Ångström '), 'mullerludenscheidt angstrom')
  t.equal(fold('İSTANBUL'), 'istanbul')
  t.equal(fold('ΟΔΟΣ'), 'οδοσ')
  t.equal(fold('ﬁne Ⅳ'), 'fine iv')
  t.equal(fold('A b'), 'a b')
  t.equal(fold(' \u00a0 '), '')
  t.equal(fold("O'Brien, Dr.  a - b"), 'obrien dr a b')
  t.equal(fold('.. /'), '.. /', 'nothing but punctuation')
})

t.test('fold is idempotent and keeps prefixes of words', async (t) => {
  const random = new Random(9)
  for (let i = 0; i < 20000; i++) {
    const length = random.int(8)
    const text = String.fromCodePoint(...Array.from({ length }, () => (random.chance(0.5) ? random.int(0x250) : random.int(0xd7ff))))
    if (fold(fold(text)) !== fold(text)) t.fail(JSON.stringify(text))
  }
  t.pass()
})
