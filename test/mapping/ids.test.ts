import t from 'tap'
import { readPack } from '#wardbridge/files/packs.js'
import { idMaker } from '#wardbridge/mapping/ids.js'
import { compilePack, loadPack } from '#wardbridge/mapping/index.js'
import { accepted, compiled, installed, mapRow, SECRET } from './support.js'

// The expected ids were made with another implementation of RFC 9562 (Python's uuid and hmac).
t.test('ids of public packs are uuid5(uuid5(uuid5(URL, source), space), key)', async (t) => {
  const vectors = [
    ['urn:example:mimic', 'patient', '[10006]', 'f5b4a66e-41b6-5056-834f-4b4d059740eb'],
    ['urn:example:mimic', 'patient', '["10006"]', '3efe2f56-9a1b-59eb-b05d-95b2da423e79'],
    ['urn:example:mimic', 'encounter', '[10006]', 'bcfc55d4-3461-5027-a9e2-6df61743fb6d'],
    ['https://hospital.example/his', 'patient', '[10006]', '10b9484d-0d19-5bb5-8d33-080e80b84337'],
    ['urn:example:mimic', 'location', '[52,"MICU"]', '8644eb7c-71a0-5b16-a25e-98c074520cf0'],
    ['urn:example:mimic', 'payor', '["Åäö 日本"]', '21030fb4-b1ca-5440-adad-2196ebd171ff']
  ] as const
  for (const [source, space, key, id] of vectors) t.equal(idMaker(source)(space, key), id, `${source} ${space} ${key}`)
})

t.test('keyed ids are an HMAC-SHA-256 written as version 8, stable, and another under another secret', async (t) => {
  const one = idMaker('urn:example:mimic', Buffer.from('secret one'))
  t.equal(one('patient', '[10006]'), 'a80b4c94-c86e-8d9a-918b-ee7987b55b7e')
  t.equal(one('patient', '[10006]'), 'a80b4c94-c86e-8d9a-918b-ee7987b55b7e')
  t.equal(idMaker('urn:example:mimic', Buffer.from('secret two'))('patient', '[10006]'), '17baf110-8ada-8f1f-8663-f438d5e32f62')
})

t.test('a row has the id of its key, and references to it have the same', async (t) => {
  const pack = await installed('mimic-iii', { source: 'urn:example:mimic' })
  const [patient] = accepted(mapRow(pack, 'patients', { subject_id: '10006', expire_flag: '0' }))
  t.equal(patient?.id, 'f5b4a66e-41b6-5056-834f-4b4d059740eb')
  const [encounter] = accepted(mapRow(pack, 'admissions', { subject_id: '10006', hadm_id: '1', admittime: '2101-01-01 00:00:00' }))
  t.match(encounter?.text, '"subject":{"reference":"Patient/f5b4a66e-41b6-5056-834f-4b4d059740eb"')
  const [stay] = accepted(
    mapRow(pack, 'icustays', {
      subject_id: '1',
      hadm_id: '1',
      icustay_id: '1',
      intime: '2101-01-01 00:00:00',
      first_wardid: '52',
      first_careunit: 'MICU'
    })
  )
  t.match(stay?.text, '"location":{"reference":"Location/8644eb7c-71a0-5b16-a25e-98c074520cf0"')
})

t.test('the same key under two sources is two resources', async (t) => {
  const ids = await Promise.all(
    ['urn:example:a', 'urn:example:b'].map(
      async (source) => accepted(mapRow(await installed('mimic-iii', { source }), 'caregivers', { cgid: '1' }))[0]?.id
    )
  )
  t.not(ids[0], ids[1])
})

t.test('two packs under one source share their people', async (t) => {
  const row = { subject_id: '10006', gender: 'F' }
  const mimic = compilePack({ ...loadPack(await readPack('mimic-iii')), public: false }, { source: 'urn:x', idSecret: SECRET })
  const hospital = await installed('hospital', { source: 'urn:x' })
  t.equal(accepted(mapRow(mimic, 'patients', row))[0]?.id, accepted(mapRow(hospital, 'patients', row))[0]?.id)
})

t.test('a pack that is not public is not compiled without a secret', async (t) => {
  const hospital = loadPack(await readPack('hospital'))
  t.throws(() => compilePack(hospital, { source: 'urn:x' }), { code: 'mapping.source' })
})

t.test('text keys keep their leading zeros, and are told from numbers', async (t) => {
  const table = (type: string) =>
    `table: t\nkey: k\ncolumns:\n  k: {type: ${type}, required: true}\nresources:\n  - {as: p, key: [$k], resourceType: Patient, identifier: [{value: $k}]}\n`
  const id = (type: string, k: string) => accepted(mapRow(compiled({ t: table(type) }), 't', { k }))[0]?.id
  const ids = [id('integer', '10'), id('text', '10'), id('text', '010'), id('text', ' 10')]
  t.equal(new Set(ids).size, 4)
})
