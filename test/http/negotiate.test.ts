import t from 'tap'
import { isFhirJson, isForm, negotiate } from '#wardbridge/http/fhir/negotiate.js'

const FHIR = 'application/fhir+json'

t.test('answers in the format that _format or Accept asks for', async (t) => {
  for (const [format, accept, expected] of [
    [undefined, undefined, FHIR],
    [undefined, '*/*', FHIR],
    [undefined, 'application/*', FHIR],
    [undefined, 'application/json', 'application/json'],
    [undefined, 'text/json', 'text/json'],
    [undefined, 'APPLICATION/FHIR+JSON', FHIR],
    [undefined, 'application/fhir+json; fhirVersion=4.0', FHIR],
    [undefined, 'application/fhir+xml, application/fhir+json;q=0.5', FHIR],
    [undefined, 'application/json;q=0.4, application/fhir+json;q=0.9', FHIR],
    [undefined, 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', FHIR],
    ['json', 'application/fhir+xml', FHIR],
    ['application/json', undefined, 'application/json'],
    ['application/fhir json', undefined, FHIR],
    ['', 'application/json', 'application/json']
  ] as const) {
    t.equal(negotiate(format, accept), expected, `${format} ${accept}`)
  }
})

t.test('gives nothing where only XML, another FHIR version or nothing at all is accepted', async (t) => {
  for (const accept of [
    'application/fhir+xml',
    'application/xml',
    'text/html',
    'application/fhir+json;q=0',
    'application/fhir+json; fhirVersion=3.0',
    ';',
    ','
  ]) {
    t.equal(negotiate(undefined, accept), undefined, accept)
  }
  t.equal(negotiate('xml', '*/*'), undefined)
  t.equal(negotiate('constructor', '*/*'), undefined)
})

t.test('bodies are FHIR JSON or forms, in UTF-8', async (t) => {
  for (const type of [
    'application/fhir+json',
    'application/json',
    'application/fhir+json; charset=UTF-8',
    'application/fhir+json;fhirVersion=4.0'
  ]) {
    t.ok(isFhirJson(type), type)
  }
  for (const type of [
    'application/fhir+xml',
    'text/plain',
    'application/json; charset=latin1',
    'application/fhir+json; fhirVersion=5.0',
    'application/jsonx',
    ''
  ]) {
    t.notOk(isFhirJson(type), type)
  }
  t.ok(isForm('application/x-www-form-urlencoded'))
  t.notOk(isForm('multipart/form-data; boundary=x'))
})
