/** A small mapping pack for tests: people who get things from visits, a dictionary, events, questions about visits, and a
 * table that is only counted. */
import type { PackSource } from '#wardbridge/mapping/index.js'

const FILES: Readonly<Record<string, string>> = {
  'manifest.yaml': `pack: small
public: true
timezone: "-05:00"
canonical: https://example.org
source: urn:example:small
systems:
  act: http://terminology.hl7.org/CodeSystem/v3-ActCode
  kinds: https://example.org/CodeSystem/kinds
tables:
  people: {}
  visits: {}
  kinds: {}
  events: {}
  asks: {}
  notes: {unmapped: Only counted here}
`,
  'people.yaml': `table: people
key: id
columns:
  id: {type: integer, required: true}
  born: {type: date}
  nickname: {type: text, optional: true}
resources:
  - as: person
    key: [$id]
    resourceType: Patient
    identifier: [{system: {source: id}, value: $id}]
    name: [{text: $nickname}]
    birthDate: {date: $born}
`,
  'visits.yaml': `table: visits
key: visit
columns:
  visit: {type: integer, required: true}
  person: {type: integer, required: true}
  start: {type: timestamp, required: true}
  payer: {type: text}
  marital: {type: text}
resources:
  - as: visit
    key: [$visit]
    resourceType: Encounter
    identifier: [{system: {source: visit}, value: $visit}]
    status: unknown
    class: {system: act, code: IMP}
    subject: {ref: person, key: [$person], identifier: id}
    period: {start: {dateTime: $start}}
    serviceProvider: {ref: payer, key: [$payer], identifier: payer}
    serviceType: {text: $marital}
  - as: payer
    key: [$payer]
    resourceType: Organization
    identifier: [{system: {source: payer}, value: $payer}]
    name: $payer
merge:
  - into: {ref: person, key: [$person]}
    latestBy: [$start, $visit]
    maritalStatus: {text: $marital}
`,
  'kinds.yaml': `table: kinds
key: kind
columns:
  kind: {type: text, required: true}
  label: {type: text}
dictionary: {codeSystem: kinds, code: kind, display: label, properties: []}
`,
  'events.yaml': `table: events
key: event
columns:
  event: {type: integer, required: true}
  person: {type: integer, required: true}
  kind: {type: text, required: true}
  time: {type: timestamp, required: true}
  value: {type: text}
resources:
  - as: event
    key: [$event]
    resourceType: Observation
    identifier: [{system: {source: event}, value: $event}]
    status: final
    code: {coding: [{system: kinds, code: $kind, display: {lookup: kinds, key: [$kind], get: label}}]}
    subject: {ref: person, key: [$person], identifier: id}
    effectiveDateTime: {dateTime: $time}
    valueString: $value
`,
  'asks.yaml': `table: asks
key: ask
columns:
  ask: {type: integer, required: true}
  visit: {type: integer}
  text: {type: text}
joined:
  asked: {from: visits, key: [$visit], get: payer}
resources:
  - as: ask
    key: [$ask]
    resourceType: Communication
    identifier: [{system: {source: ask}, value: $ask}]
    status: completed
    encounter: {ref: visit, key: [$visit], identifier: visit}
    recipient: [{ref: payer, key: [$asked]}]
    payload: [{contentString: $text}]
`
}

export const SMALL: PackSource = { pack: 'small', packs: new Map([['small', new Map(Object.entries(FILES))]]), profiles: new Map() }

/** Rows of the tables of the pack, as files. */
export const TABLES = {
  'PEOPLE.csv': 'id,born\n1,1950-01-02\n2,1960-03-04\n3,\n',
  'VISITS.csv':
    'visit,person,start,payer,marital\n10,1,2100-01-01 10:00:00,Fund,SINGLE\n11,1,2101-01-01 10:00:00,Fund,MARRIED\n12,2,2100-06-01 00:00:00,State,\n',
  'KINDS.csv': 'kind,label\nhr,Heart rate\nbp,"Blood pressure, cuff"\n',
  'EVENTS.csv': 'event,person,kind,time,value\n100,1,hr,2100-01-01 10:05:00,80\n101,2,bp,2100-06-01 01:00:00,"120/80"\n',
  'ASKS.csv': 'ask,visit,text\n1,10,Who pays?\n2,12,"Why, then?"\n3,,Anyone?\n',
  'NOTES.csv': 'a,b,c\n1,2,3\n4,5,6\n'
} as const
