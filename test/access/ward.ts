/** A ward that tests of access stand on: ann is in the care of house, bob in that of cox; `both` speaks of both patients. */
export const reference = (to: string) => ({ reference: to })
const coded = (code: string) => ({ coding: [{ system: 'urn:codes', code }] })
const about = (type: string, id: string, patient: string, more: object = {}) => ({
  resourceType: type,
  id,
  subject: reference(`Patient/${patient}`),
  ...more
})

export const observation = (id: string, patient: string, code: string, more: object = {}) =>
  about('Observation', id, patient, { status: 'final', code: coded(code), ...more })

export const encounter = (id: string, patient: string, physician: string, more: object = {}) =>
  about('Encounter', id, patient, {
    status: 'in-progress',
    class: { code: 'IMP' },
    participant: [{ individual: reference(`Practitioner/${physician}`) }],
    ...more
  })

export const message = (id: string, patient: string) => about('Communication', id, patient, { status: 'completed' })

export const task = (id: string, patient: string, owner: string) => ({
  resourceType: 'Task',
  id,
  status: 'requested',
  intent: 'order',
  for: reference(`Patient/${patient}`),
  owner: reference(`Practitioner/${owner}`)
})

export const WARD: ReadonlyArray<{ readonly resourceType: string; readonly id: string }> = [
  { resourceType: 'Organization', id: 'ward', name: 'Ward' },
  { resourceType: 'Practitioner', id: 'house', name: [{ family: 'House' }] },
  { resourceType: 'Practitioner', id: 'cox', name: [{ family: 'Cox' }] },
  { resourceType: 'Patient', id: 'ann', name: [{ family: 'Ann' }], managingOrganization: reference('Organization/ward') },
  { resourceType: 'Patient', id: 'bob', name: [{ family: 'Bob' }], managingOrganization: reference('Organization/ward') },
  encounter('ea', 'ann', 'house'),
  encounter('eb', 'bob', 'cox'),
  observation('oa', 'ann', 'mild', { encounter: reference('Encounter/ea'), performer: [reference('Practitioner/house')] }),
  observation('ob', 'bob', 'grave', { encounter: reference('Encounter/eb'), performer: [reference('Practitioner/house')] }),
  observation('both', 'bob', 'grave', { performer: [reference('Patient/ann')] }),
  observation('derived', 'ann', 'mild', { derivedFrom: [reference('Observation/ob')] }),
  task('ta', 'ann', 'house'),
  task('tb', 'bob', 'cox'),
  {
    resourceType: 'Group',
    id: 'g',
    type: 'person',
    actual: true,
    member: [{ entity: reference('Patient/ann') }, { entity: reference('Patient/bob') }]
  },
  {
    resourceType: 'List',
    id: 'l',
    status: 'current',
    mode: 'working',
    subject: reference('Patient/bob'),
    entry: [{ item: reference('Observation/oa') }]
  },
  {
    resourceType: 'AuditEvent',
    id: 'audit',
    type: { code: 'rest' },
    recorded: '2026-01-01T00:00:00Z',
    agent: [{ requestor: true, who: reference('Patient/ann') }],
    source: { observer: { display: 'x' } }
  },
  { resourceType: 'Coverage', id: 'ca', status: 'active', beneficiary: reference('Patient/ann'), payor: [reference('Organization/ward')] },
  { resourceType: 'Coverage', id: 'cb', status: 'active', beneficiary: reference('Patient/bob'), payor: [reference('Patient/ann')] },
  { resourceType: 'Binary', id: 'bin', contentType: 'text/plain', data: 'aGk=' },
  { resourceType: 'Library', id: 'lib', status: 'active', type: coded('logic') }
] as never
