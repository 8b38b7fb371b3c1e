/** The part of the contract about what a search selects by: chains, _has, composites, modifiers, _filter, compartments, units. Hand-made cases. */
import type { Test } from 'tap'
import { parseSearch } from '#wardbridge/fhir/search-query.js'
import { ids, load, type Open, sound } from './repository.js'

const LOINC = 'http://loinc.org'
const UCUM = 'http://unitsofmeasure.org'
const BASE = 'http://me.example/fhir'
const loinc = (code: string, display?: string) => ({ coding: [{ system: LOINC, code, ...(display ? { display } : {}) }] })
const ucum = (value: number, code: string) => ({ value, unit: code, system: UCUM, code })
const to = (reference: string) => ({ reference })

const RESOURCES: ReadonlyArray<readonly [string, string, object]> = [
  ['Organization', 'h', { name: 'General Hospital', active: true }],
  ['Organization', 'w', { name: 'Ward West', partOf: to('Organization/h') }],
  ['Practitioner', 'd1', { name: [{ family: 'Quincy' }], identifier: [{ system: 'urn:lic', value: 'L1' }] }],
  ['Practitioner', 'd2', { name: [{ family: 'House' }] }],
  [
    'Patient',
    'p1',
    {
      name: [{ family: 'Peters', given: ['Jo'] }],
      gender: 'female',
      birthDate: '1970-02-03',
      active: true,
      generalPractitioner: [to('Practitioner/d1')],
      managingOrganization: to('Organization/w'),
      identifier: [
        {
          type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'MR' }], text: 'Medical record' },
          system: 'urn:mrn',
          value: '77'
        },
        { type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'SS' }] }, system: 'urn:ssn', value: '88' }
      ]
    }
  ],
  [
    'Patient',
    'p2',
    {
      name: [{ family: 'Quincy' }],
      gender: 'male',
      birthDate: '1990',
      generalPractitioner: [to('Practitioner/d2'), to('Organization/h')],
      identifier: [
        { type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'SS' }] }, system: 'urn:ssn', value: '77' }
      ]
    }
  ],
  ['Patient', 'p3', { name: [{ text: 'Ann' }] }],
  ['Group', 'g1', { type: 'person', actual: true, member: [{ entity: to('Patient/p1') }, { entity: to('Patient/p3') }] }],
  ['Device', 'dev', { identifier: [{ system: 'urn:udi', value: 'x' }] }],
  ['Location', 'l1', { name: 'Here', position: { latitude: 48.2, longitude: 16.37 } }],
  ['Location', 'l2', { name: 'There', position: { latitude: 47.07, longitude: 15.44 }, partOf: to('Location/l1') }],
  ['Location', 'l3', { name: 'Nowhere' }],
  ['Encounter', 'e1', { status: 'finished', class: { code: 'IMP' }, subject: to('Patient/p1'), serviceProvider: to('Organization/w') }],
  [
    'Observation',
    'o1',
    {
      status: 'final',
      code: { ...loinc('8480-6', 'Systolic pressure'), text: 'Blood pressure, upper' },
      subject: to('Patient/p1'),
      encounter: to('Encounter/e1'),
      performer: [to('Practitioner/d1')],
      effectiveDateTime: '2020-01-15T10:00:00Z',
      valueQuantity: ucum(5.4, 'mg')
    }
  ],
  [
    'Observation',
    'o2',
    {
      status: 'final',
      code: loinc('8462-4', 'Diastolic'),
      subject: to('Patient/p2'),
      performer: [to('Practitioner/d2')],
      valueQuantity: ucum(0.0054, 'g')
    }
  ],
  ['Observation', 'o3', { status: 'amended', code: loinc('8480-6'), subject: to('Group/g1'), valueQuantity: ucum(5400, 'ug') }],
  [
    'Observation',
    'bp1',
    {
      status: 'final',
      code: loinc('85354-9'),
      subject: to(`${BASE}/Patient/p1`),
      component: [
        { code: loinc('8480-6'), valueQuantity: ucum(140, 'mm[Hg]') },
        { code: loinc('8462-4'), valueQuantity: ucum(80, 'mm[Hg]') }
      ]
    }
  ],
  [
    'Observation',
    'bp2',
    {
      status: 'final',
      code: loinc('85354-9'),
      subject: { identifier: { system: 'urn:mrn', value: '77' }, display: 'Jo' },
      component: [
        { code: loinc('8480-6'), valueQuantity: ucum(110, 'mm[Hg]') },
        { code: loinc('8462-4'), valueQuantity: ucum(140, 'mm[Hg]') },
        { code: loinc('x'), valueCodeableConcept: { coding: [{ system: 'urn:c', code: 'yes' }] } }
      ]
    }
  ],
  ['Observation', 't1', { status: 'final', code: { text: 'Temperature' }, valueQuantity: ucum(37, 'Cel') }],
  ['Observation', 't2', { status: 'final', code: { text: 'temperature of skin' }, valueQuantity: ucum(98.6, '[degF]') }],
  ['Observation', 'u1', { status: 'final', code: loinc('u'), valueQuantity: { value: 5, unit: 'foo', system: UCUM, code: 'not-a-unit' } }],
  ['Observation', 's1', { status: 'final', code: loinc('str'), valueString: 'Positive result' }],
  [
    'RiskAssessment',
    'r1',
    { status: 'final', subject: to('Patient/p1'), prediction: [{ probabilityRange: { low: { value: 0.2 }, high: { value: 0.6 } } }] }
  ],
  ['RiskAssessment', 'r2', { status: 'final', subject: to('Patient/p1'), prediction: [{ probabilityRange: { low: { value: 0.7 } } }] }],
  ['RiskAssessment', 'r3', { status: 'final', subject: to('Patient/p1'), prediction: [{ probabilityDecimal: 0.25 }] }],
  ['List', 'li', { status: 'current', mode: 'working', entry: [{ item: to('Observation/o1') }, { item: to('Patient/p2') }] }],
  ['Provenance', 'pv', { target: [to('Observation/o2')], recorded: '2020-01-01T00:00:00Z', agent: [{ who: to('Practitioner/d1') }] }],
  [
    'AuditEvent',
    'a1',
    {
      type: { code: 'rest' },
      recorded: '2020-01-01T00:00:00Z',
      agent: [{ who: to('Practitioner/d2'), requestor: true }],
      source: { observer: to('Device/dev') },
      entity: [{ what: to('Observation/o1') }]
    }
  ],
  ['ValueSet', 'v1', { status: 'active', url: 'http://example.org/vs' }],
  ['ValueSet', 'v2', { status: 'active', url: 'http://example.org/vs/a/b' }],
  ['ValueSet', 'v3', { status: 'active', url: 'http://example.org/vsx' }],
  [
    'ValueSet',
    'v4',
    {
      status: 'active',
      url: 'urn:oid:1.2.3',
      useContext: [{ code: { system: 'urn:u', code: 'focus' }, valueRange: { low: { value: 10, unit: 'a' } } }]
    }
  ],
  [
    'DocumentReference',
    'dr',
    {
      status: 'current',
      content: [{ attachment: { url: 'http://x.example' } }],
      relatesTo: [
        { code: 'replaces', target: to('DocumentReference/old') },
        { code: 'appends', target: to('DocumentReference/other') }
      ],
      meta: {
        profile: ['http://example.org/p|1.0'],
        security: [{ system: 'urn:s', code: 'R' }],
        source: 'http://src.example/a',
        tag: [{ code: 'T' }]
      }
    }
  ],
  ['Condition', 'c1', { subject: to('Patient/p1'), onsetRange: { low: ucum(40, 'a'), high: ucum(50, 'a') } }]
]

/** type, query, ids expected (sorted). */
const CASES: ReadonlyArray<readonly [string, string, readonly string[]]> = [
  // chains
  ['Observation', 'subject:Patient.name=peters', ['o1']],
  ['Observation', 'subject.name=peters', ['o1']],
  ['Observation', 'patient.name=quincy', ['o2']],
  ['Observation', 'patient.name:exact=quincy', []],
  ['Observation', 'patient.gender:not=male', ['o1']],
  ['Observation', 'patient.birthdate=ge1980', ['o2']],
  ['Observation', 'patient.general-practitioner.family=Quincy', ['o1']],
  ['Observation', 'subject:Patient.general-practitioner:Practitioner.family=House', ['o2']],
  ['Observation', 'patient.organization.partof.name=general', ['o1']],
  ['Observation', 'patient._id=p2', ['o2']],
  ['Observation', 'patient.identifier=urn:mrn|77', ['o1']],
  ['Observation', 'patient.name=nobody', []],
  ['Observation', 'patient.active:missing=true', ['o2']],
  ['Observation', 'patient.name=p,q', ['o1', 'o2']],
  ['Observation', 'patient.name=peters&code=8480-6', ['o1']],
  ['Patient', 'general-practitioner.name=general', ['p2']],
  ['Patient', 'general-practitioner:Organization.name=general', ['p2']],
  // _has
  ['Patient', '_has:Observation:patient:code=8480-6', ['p1']],
  ['Patient', '_has:Observation:patient:code=8480-6,8462-4', ['p1', 'p2']],
  ['Patient', '_has:Observation:subject:status=final', ['p1', 'p2']],
  ['Patient', '_has:Observation:patient:status:not=final', []],
  ['Patient', '_has:Group:member:_id=g1', ['p1', 'p3']],
  ['Practitioner', '_has:Patient:general-practitioner:_has:Observation:patient:code=8480-6', ['d1']],
  ['Patient', '_has:Observation:patient:_has:AuditEvent:entity:agent=Practitioner/d2', ['p1']],
  ['Patient', '_has:Observation:patient:performer.family=House', ['p2']],
  ['Observation', 'patient._has:Group:member:_id=g1', ['o1']],
  ['Patient', '_has:Observation:patient:code=8480-6&_has:Group:member:_id=none', []],
  // composites
  ['Observation', `code-value-quantity=8480-6$5.4|${UCUM}|mg`, ['o1', 'o3']],
  ['Observation', `code-value-quantity=${LOINC}|8480-6$gt5000||ug`, ['o3']],
  ['Observation', 'component-code-value-quantity=8480-6$gt120', ['bp1']],
  ['Observation', 'component-code-value-quantity=8480-6$lt100', []],
  ['Observation', 'component-code-value-quantity=8480-6$lt120,8462-4$lt100', ['bp1', 'bp2']],
  ['Observation', 'combo-code-value-quantity=8480-6$gt1', ['bp1', 'bp2', 'o1', 'o3']],
  ['Observation', 'component-code-value-concept=x$urn:c|yes', ['bp2']],
  ['Observation', 'component-code-value-concept=8480-6$urn:c|yes', []],
  ['Observation', 'code-value-string=str$positive', ['s1']],
  ['DocumentReference', 'relationship=DocumentReference/old$replaces', ['dr']],
  ['DocumentReference', 'relationship=DocumentReference/other$replaces', []],
  ['ValueSet', 'context-type-quantity=focus$gt50', ['v4']],
  ['ValueSet', 'context-type-quantity=focus$lt5', []],
  // tokens
  ['Observation', 'code:text=blood', ['o1']],
  ['Observation', 'code:text=SYSTOLIC', ['o1']],
  ['Observation', 'code:text=temperature', ['t1', 't2']],
  ['Observation', 'code:text=pressure', []],
  ['Patient', 'identifier:text=medical', ['p1']],
  ['Patient', 'identifier:of-type=http://terminology.hl7.org/CodeSystem/v2-0203|MR|77', ['p1']],
  ['Patient', 'identifier:of-type=http://terminology.hl7.org/CodeSystem/v2-0203|SS|77', ['p2']],
  ['Observation', 'code:missing=true', []],
  ['Patient', 'gender:missing=true', ['p3']],
  ['Patient', 'gender:not=male', ['p1', 'p3']],
  ['Patient', '_id:not=p1', ['p2', 'p3']],
  ['Patient', '_id:missing=false', ['p1', 'p2', 'p3']],
  ['Patient', '_lastUpdated:missing=true', []],
  ['DocumentReference', '_security=urn:s|R', ['dr']],
  ['DocumentReference', '_security=urn:s|', ['dr']],
  ['DocumentReference', '_tag=T&_source=http://src.example/a', ['dr']],
  ['DocumentReference', '_tag:not=T', []],
  ['DocumentReference', '_profile=http://example.org/p', ['dr']],
  ['DocumentReference', '_profile=http://example.org/p|1.0', ['dr']],
  ['DocumentReference', '_profile=http://example.org/p|2.0', []],
  ['DocumentReference', '_source:below=http://src.example', ['dr']],
  // references
  ['Observation', 'subject:identifier=urn:mrn|77', ['bp2']],
  ['Observation', 'subject:identifier=77', ['bp2']],
  ['Observation', 'subject:identifier=urn:mrn|', ['bp2']],
  ['Observation', 'subject:identifier=urn:other|', []],
  ['Observation', 'patient:missing=true', ['bp2', 'o3', 's1', 't1', 't2', 'u1']],
  ['Observation', 'subject:missing=true', ['s1', 't1', 't2', 'u1']],
  ['Observation', 'patient=p1', ['bp1', 'o1']],
  ['Observation', `patient=${BASE}/Patient/p1`, ['bp1', 'o1']],
  ['Observation', 'subject=p1', ['bp1', 'o1']],
  ['Observation', 'subject=Patient/p1', ['bp1', 'o1']],
  ['Observation', `subject=${BASE}/Patient/p1`, ['bp1', 'o1']],
  ['Observation', 'subject:Patient=p1', ['bp1', 'o1']],
  ['Observation', 'subject:Group=g1', ['o3']],
  // uris
  ['ValueSet', 'url:below=http://example.org/vs', ['v1', 'v2']],
  ['ValueSet', 'url:below=http://example.org/vs/', ['v2']],
  ['ValueSet', 'url:above=http://example.org/vs/a/b/c', ['v1', 'v2']],
  ['ValueSet', 'url:above=http://example.org/vs/a', ['v1']],
  ['ValueSet', 'url=http://example.org/vs/', []],
  ['ValueSet', 'url:missing=true', []],
  ['ValueSet', 'url:below=urn:oid:1.2', []],
  // numbers: r1 [0.2, 0.6], r2 from 0.7, r3 0.25
  ['RiskAssessment', 'probability=gt0.5', ['r1', 'r2']],
  ['RiskAssessment', 'probability=lt0.5', ['r1', 'r3']],
  ['RiskAssessment', 'probability=0.4', []],
  ['RiskAssessment', 'probability=sa0.5', ['r2']],
  ['RiskAssessment', 'probability=eb0.65', ['r1', 'r3']],
  ['RiskAssessment', 'probability=ap0.4', ['r1']],
  ['Condition', `onset-age=gt45|${UCUM}|a`, ['c1']],
  ['Condition', `onset-age=lt41|${UCUM}|a`, ['c1']],
  ['Condition', `onset-age=gt400|${UCUM}|mo`, ['c1']],
  ['Condition', `onset-age=sa45|${UCUM}|a`, []],
  // quantities across units
  ['Observation', `value-quantity=5.4|${UCUM}|mg`, ['o1', 'o2', 'o3']],
  ['Observation', `value-quantity=5400|${UCUM}|ug`, ['o1', 'o2', 'o3']],
  ['Observation', `value-quantity=gt5.4|${UCUM}|mg`, []],
  ['Observation', `value-quantity=ge5.4|${UCUM}|mg`, ['o1', 'o2', 'o3']],
  ['Observation', `value-quantity=5.39|${UCUM}|mg`, []],
  ['Observation', `value-quantity=ne5.4|${UCUM}|mg`, []],
  ['Observation', `value-quantity=37|${UCUM}|Cel`, ['t1', 't2']],
  ['Observation', `value-quantity=98.6|${UCUM}|[degF]`, ['t1', 't2']],
  ['Observation', `value-quantity=310|${UCUM}|K`, ['t1', 't2']],
  ['Observation', `value-quantity=gt37.5|${UCUM}|Cel`, []],
  ['Observation', `value-quantity=5|${UCUM}|not-a-unit`, ['u1']],
  ['Observation', 'value-quantity=5.4||mg', ['o1']],
  ['Observation', 'component-value-quantity=ge18.6|http://unitsofmeasure.org|kPa', ['bp1', 'bp2']],
  // _list, near
  ['Observation', '_list=li', ['o1']],
  ['Patient', '_list=List/li', ['p2']],
  ['Location', 'near=48.2|16.4|10|km', ['l1']],
  ['Location', 'near=48.2|16.4|500|km', ['l1', 'l2']],
  ['Location', 'near=48.2|16.4|100|m', []],
  // _filter
  ['Patient', '_filter=family eq "peters"', ['p1']],
  ['Patient', '_filter=family eq "peter"', []],
  ['Patient', '_filter=family sw "peter"', ['p1']],
  ['Patient', '_filter=family co "inc"', ['p2']],
  ['Patient', '_filter=family ew "cy"', ['p2']],
  ['Patient', '_filter=family ne "peters"', ['p2']],
  ['Patient', '_filter=gender eq male or birthdate le 1980-01-01', ['p1', 'p2']],
  ['Patient', '_filter=gender eq male or gender eq female and active eq true', ['p1', 'p2']],
  ['Patient', '_filter=(gender eq male or gender eq female) and active eq true', ['p1']],
  ['Patient', '_filter=not (gender eq male)', ['p1', 'p3']],
  ['Patient', '_filter=gender ne male', ['p1']],
  ['Patient', '_filter=gender pr false', ['p3']],
  ['Patient', '_filter=birthdate po 1970-02', ['p1']],
  ['Patient', '_filter=general-practitioner re Practitioner/d1', ['p1']],
  ['Patient', '_filter=_id eq p3', ['p3']],
  ['Patient', '_filter=_lastUpdated gt 2020-01-01 and family eq "peters"', ['p1']],
  ['Observation', '_filter=subject.name co "eter"', ['o1']],
  ['Observation', '_filter=subject[gender eq female].name sw "pet"', ['o1']],
  ['Observation', '_filter=subject[gender eq male].name sw "pet"', []],
  ['Observation', `_filter=value-quantity gt 5||mg and not (status eq amended)`, ['o1']],
  ['ValueSet', '_filter=url sb http://example.org/vs/a/b or url eq urn:oid:1.2.3', ['v1', 'v2', 'v4']]
]

/** compartment, types searched (undefined: all), ids expected. */
const COMPARTMENTS: ReadonlyArray<readonly [string, string, string | undefined, readonly string[]]> = [
  ['Patient', 'p1', 'Observation', ['o1']],
  ['Patient', 'p1', undefined, ['c1', 'e1', 'g1', 'o1', 'p1', 'r1', 'r2', 'r3']],
  ['Encounter', 'e1', 'Observation', ['o1']],
  ['Encounter', 'e1', undefined, ['e1', 'o1']],
  ['Practitioner', 'd1', undefined, ['d1', 'o1', 'p1', 'pv']],
  ['Practitioner', 'd1', 'ValueSet', []],
  ['Device', 'dev', undefined, []],
  ['RelatedPerson', 'none', undefined, []]
]

export function criteriaContract(t: Test, open: Open): void {
  t.test('every kind of criterion finds what R4 says', async (t) => {
    const store = await open(t)
    await load(store, RESOURCES)
    for (const [type, query, expected] of CASES) {
      try {
        t.strictSame(await ids(store, type, query, BASE), [...expected].sort(), `${type}?${query}`)
      } catch (error) {
        t.fail(`${type}?${query}: ${error}`)
      }
    }
    for (const [type, id, searched, expected] of COMPARTMENTS) {
      const query = parseSearch(searched, [['_count', '1000']], { handling: 'strict', compartment: { type, id } })
      const { resources } = await store.search(query)
      t.strictSame(resources.map(({ id }) => id).sort(), [...expected].sort(), `${type}/${id}/${searched ?? '*'}`)
    }
    await sound(t, store)
  })
}
