/** Our own example resources: together they touch every form of path, choice and element type that search parameters use. All are valid R4. */

type Resource = { resourceType: string; id: string; [name: string]: unknown }

const sct = (code: string) => ({ coding: [{ system: 'http://snomed.info/sct', code }, { code: 'local' }], text: 'free text' })
const ref = (reference: string) => ({ reference })

export const EXAMPLES: readonly Resource[] = [
  {
    resourceType: 'Patient',
    id: 'p1',
    meta: {
      profile: ['http://example.org/StructureDefinition/p|1.0'],
      tag: [{ system: 'urn:t', code: 'demo' }],
      security: [{ system: 'urn:s', code: 'R' }],
      source: 'urn:source#1'
    },
    identifier: [{ system: 'urn:mrn', value: '10006' }, { value: 'bare' }, { system: 'urn:no-value' }],
    active: true,
    name: [
      {
        use: 'official',
        text: 'Dr. Ana Carreño Quinones',
        family: 'Carreño Quinones',
        given: ['Ana', 'María'],
        prefix: ['Dr.'],
        suffix: ['MD']
      },
      { family: 'Maiden', period: { end: '2000' } }
    ],
    telecom: [
      { system: 'phone', value: '555-0100' },
      { system: 'email', value: 'ana@example.org' },
      { system: 'fax', value: '555-0199' }
    ],
    gender: 'female',
    birthDate: '1953-04',
    _birthDate: {
      extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/patient-birthTime', valueDateTime: '1953-04-05T06:07:08Z' }]
    },
    deceasedDateTime: '2020-02-03T04:05:06-05:00',
    address: [
      {
        line: ['Main St 1', 'Apt 2'],
        city: 'Boston',
        district: 'Suffolk',
        state: 'MA',
        postalCode: '02115',
        country: 'US',
        text: 'Main St 1, Boston'
      }
    ],
    maritalStatus: { text: 'Married' },
    generalPractitioner: [ref('Practitioner/d1'), ref('Organization/o1')],
    managingOrganization: ref('Organization/o1'),
    link: [{ other: ref('Patient/p2'), type: 'seealso' }],
    communication: [{ language: { coding: [{ system: 'urn:ietf:bcp:47', code: 'es' }] } }]
  },
  { resourceType: 'Patient', id: 'p2', deceasedBoolean: false },
  { resourceType: 'Patient', id: 'p3', deceasedBoolean: true },
  {
    resourceType: 'Observation',
    id: 'o1',
    status: 'final',
    category: [sct('laboratory')],
    code: sct('271649006'),
    subject: ref('Patient/p1/_history/3'),
    focus: [ref('#inline')],
    contained: [{ resourceType: 'Device', id: 'inline', status: 'active' }],
    encounter: ref('Encounter/e1'),
    effectivePeriod: { start: '2026-01-02T03:00:00Z', end: '2026-01-02' },
    issued: '2026-01-03T00:00:00.123+01:00',
    performer: [
      ref('Practitioner/d1'),
      ref('Patient/p2'),
      ref('http://other.example.org/fhir/Organization/9'),
      ref('urn:uuid:0e2f6b8c-0000-4000-8000-000000000000')
    ],
    valueQuantity: { value: 120.5, unit: 'mmHg', system: 'http://unitsofmeasure.org', code: 'mm[Hg]', comparator: '<' },
    component: [
      { code: sct('1'), valueQuantity: { value: 1, unit: 'g' } },
      { code: sct('2'), valueCodeableConcept: sct('3') },
      { code: sct('4'), valueSampledData: { origin: { value: 2 }, period: 10, dimensions: 1, data: '1 2 E' } }
    ]
  },
  {
    resourceType: 'Observation',
    id: 'o2',
    status: 'final',
    code: sct('5'),
    valueCodeableConcept: sct('6'),
    effectiveInstant: '2026-01-03T00:00:00Z'
  },
  { resourceType: 'Observation', id: 'o3', status: 'final', code: sct('7'), valueString: 'Été  chaud', effectiveDateTime: '2026' },
  {
    resourceType: 'Observation',
    id: 'o4',
    status: 'final',
    code: sct('8'),
    valueDateTime: '2026-02',
    effectiveTiming: { event: ['2026-01-01', '2026-03-01'] }
  },
  {
    resourceType: 'Observation',
    id: 'o5',
    status: 'final',
    code: sct('9'),
    valuePeriod: { start: '2026' },
    effectiveTiming: { repeat: { boundsPeriod: { start: '2026-01-01' }, frequency: 1, period: 1, periodUnit: 'd' } }
  },
  {
    resourceType: 'Condition',
    id: 'c1',
    clinicalStatus: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: 'active' }] },
    subject: ref('Patient/p1'),
    onsetAge: { value: 53, unit: 'years', system: 'http://unitsofmeasure.org', code: 'a' },
    abatementRange: { low: { value: 1, unit: 'a' }, high: { value: 2, unit: 'a' } },
    stage: [{ summary: sct('s') }],
    evidence: [{ code: [sct('e')], detail: [ref('Observation/o1')] }]
  },
  {
    resourceType: 'Condition',
    id: 'c2',
    subject: ref('Patient/p1'),
    onsetPeriod: { end: '2026-01' },
    abatementDateTime: '2026-02-03',
    recorder: ref('Patient/p3')
  },
  { resourceType: 'Condition', id: 'c3', subject: ref('Group/g1'), onsetString: 'in childhood', abatementString: 'never' },
  {
    resourceType: 'Encounter',
    id: 'e1',
    status: 'finished',
    class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'IMP' },
    subject: ref('Patient/p1'),
    participant: [
      { type: [sct('att')], individual: ref('Practitioner/d1'), period: { start: '2026-01-01' } },
      { individual: ref('RelatedPerson/r1') }
    ],
    length: { value: 3, unit: 'd', system: 'http://unitsofmeasure.org', code: 'd' },
    location: [{ location: ref('Location/l1'), period: { start: '2026-01-01', end: '2026-01-02' } }],
    hospitalization: { specialArrangement: [sct('w')] }
  },
  {
    resourceType: 'Communication',
    id: 'q1',
    status: 'completed',
    category: [sct('question')],
    partOf: [ref('Communication/h1')],
    inResponseTo: [ref('Communication/q0')],
    subject: ref('Patient/p1'),
    sender: ref('Patient/p1'),
    recipient: [ref('Practitioner/d1'), ref('Patient/p2')],
    sent: '2026-01-02T03:04:05.678Z',
    instantiatesCanonical: ['http://example.org/PlanDefinition/x|2'],
    instantiatesUri: ['http://example.org/protocol']
  },
  {
    resourceType: 'Task',
    id: 't1',
    status: 'requested',
    intent: 'order',
    focus: ref('Communication/q1'),
    for: ref('Patient/p1'),
    owner: ref('Practitioner/d1'),
    authoredOn: '2026-01-02'
  },
  {
    resourceType: 'Person',
    id: 'n1',
    link: [{ target: ref('Patient/p1') }, { target: ref('Practitioner/d1') }, { target: ref('RelatedPerson/r1') }]
  },
  {
    resourceType: 'Group',
    id: 'g1',
    type: 'person',
    actual: true,
    member: [{ entity: ref('Patient/p1') }, { entity: ref('Practitioner/d1') }],
    characteristic: [
      { code: sct('a'), valueCodeableConcept: sct('b'), exclude: false },
      { code: sct('c'), valueBoolean: true, exclude: true }
    ]
  },
  {
    resourceType: 'Bundle',
    id: 'b1',
    type: 'document',
    identifier: { system: 'urn:b', value: '1' },
    timestamp: '2026-01-02T03:04:05Z',
    entry: [
      {
        resource: {
          resourceType: 'Composition',
          id: 'k1',
          status: 'final',
          type: sct('d'),
          date: '2026',
          author: [ref('Practitioner/d1')],
          title: 'T'
        }
      },
      { resource: { resourceType: 'Patient', id: 'p9' } }
    ]
  },
  {
    resourceType: 'Composition',
    id: 'k2',
    status: 'final',
    type: sct('d'),
    subject: ref('Patient/p1'),
    date: '2026-01-02',
    author: [ref('Practitioner/d1')],
    title: 'Title',
    relatesTo: [
      { code: 'replaces', targetIdentifier: { system: 'urn:c', value: 'old' } },
      { code: 'appends', targetReference: ref('Composition/k0') }
    ],
    event: [{ period: { start: '2026' } }],
    section: [{ entry: [ref('Observation/o1')], code: sct('x') }]
  },
  {
    resourceType: 'ActivityDefinition',
    id: 'a1',
    status: 'draft',
    description: 'A **bold** text',
    useContext: [
      { code: { system: 'urn:u', code: 'age' }, valueRange: { low: { value: 12, unit: 'a' } } },
      { code: { code: 'focus' }, valueCodeableConcept: sct('f') },
      { code: { code: 'dose' }, valueQuantity: { value: 7, unit: 'mg', system: 'http://unitsofmeasure.org', code: 'mg' } }
    ],
    relatedArtifact: [
      { type: 'depends-on', resource: 'http://example.org/Library/l|1' },
      { type: 'successor', resource: '#contained' },
      { type: 'predecessor', resource: 'http://example.org/Library/k' }
    ],
    library: ['http://example.org/Library/l']
  },
  {
    resourceType: 'ConceptMap',
    id: 'm1',
    status: 'draft',
    sourceUri: 'http://example.org/vs1',
    targetCanonical: 'http://example.org/vs2|3'
  },
  {
    resourceType: 'DeviceRequest',
    id: 'r1',
    intent: 'order',
    codeReference: ref('Device/d1'),
    subject: ref('Patient/p1'),
    occurrencePeriod: { start: '2026', end: '2027' }
  },
  {
    resourceType: 'DeviceRequest',
    id: 'r2',
    intent: 'order',
    codeCodeableConcept: sct('d'),
    subject: ref('Patient/p1'),
    occurrenceDateTime: '2026-01-01'
  },
  {
    resourceType: 'Medication',
    id: 'x1',
    ingredient: [
      { itemReference: ref('Substance/s1'), strength: { numerator: { value: 1 }, denominator: { value: 2 } } },
      { itemCodeableConcept: sct('i') }
    ]
  },
  {
    resourceType: 'RiskAssessment',
    id: 'ra',
    status: 'final',
    subject: ref('Patient/p1'),
    prediction: [{ probabilityDecimal: 0.25 }, { probabilityRange: { low: { value: 0.1 }, high: { value: 0.9 } } }]
  },
  {
    resourceType: 'Invoice',
    id: 'i1',
    status: 'issued',
    subject: ref('Patient/p1'),
    totalGross: { value: 10.5, currency: 'EUR' },
    totalNet: { value: 9 }
  },
  { resourceType: 'InsurancePlan', id: 'ip', name: 'Gold Plan', alias: ['GP', 'Or'], contact: [{ name: { family: 'X' } }] },
  {
    resourceType: 'Goal',
    id: 'gl',
    lifecycleStatus: 'active',
    description: sct('g'),
    subject: ref('Patient/p1'),
    startDate: '2026',
    target: [{ measure: sct('m'), dueDate: '2027-01' }]
  },
  {
    resourceType: 'AuditEvent',
    id: 'ae',
    type: { code: 'rest' },
    recorded: '2026-01-02T03:04:05Z',
    agent: [{ who: ref('Patient/p1'), requestor: true }],
    source: { observer: ref('Device/d1'), site: 'S' },
    entity: [{ what: ref('Patient/p2') }]
  }
]
