/** The part of the contract about references that lead to nothing (R4 http.html#delete, capabilitystatement referencePolicy `enforced`). */
import type { Test } from 'tap'
import type { Repository, Write } from '#wardbridge/store/repository.js'
import { load, type Open, put, sound, write } from './repository.js'

const to = (reference: string) => ({ reference })
const remove = (type: string, id: string): Write => ({ method: 'delete', type, id })
const extension = (reference: string) => ({ extension: [{ url: 'http://example.org/x', valueReference: to(reference) }] })

/** Where a reference may stand: what the resource holds beside type and id, and the FHIRPath of the reference in it. */
const PLACES: ReadonlyArray<readonly [type: string, more: (reference: string) => object, path: string]> = [
  ['Observation', (one) => ({ subject: to(one) }), 'Observation.subject'],
  ['Observation', (one) => ({ performer: [{ display: 'x' }, to(one)] }), 'Observation.performer[1]'],
  ['Observation', extension, 'Observation.extension[0].value'],
  ['Patient', (one) => ({ birthDate: '1970', _birthDate: extension(one) }), 'Patient.birthDate.extension[0].value'],
  ['Patient', (one) => ({ name: [{ family: 'x', _given: [null, extension(one)] }] }), 'Patient.name[0].given[1].extension[0].value'],
  ['Patient', (one) => ({ identifier: [{ assigner: to(one) }] }), 'Patient.identifier[0].assigner'],
  ['Patient', (one) => ({ contact: [{ organization: to(one) }] }), 'Patient.contact[0].organization'],
  [
    'Observation',
    (one) => ({ contained: [{ resourceType: 'Patient', id: 'c', managingOrganization: to(one) }], subject: to('#c') }),
    'Observation.contained[0].managingOrganization'
  ],
  ['Provenance', (one) => ({ target: [to(one)] }), 'Provenance.target[0]'],
  ['List', (one) => ({ entry: [{ item: to(one) }] }), 'List.entry[0].item'],
  ['Observation', (one) => ({ note: [{ text: 'x', authorReference: to(one) }] }), 'Observation.note[0].author']
]

/** What leads nowhere that the store could know: other servers, contained, logical and conditional references, and what only looks like a reference. */
const OTHERS: ReadonlyArray<readonly [type: string, more: object]> = [
  ['Observation', { subject: to('http://elsewhere.example/fhir/Patient/none') }],
  ['Observation', { subject: to('urn:uuid:11111111-2222-4333-8444-555555555555') }],
  ['Observation', { subject: { identifier: { system: 'urn:x', value: 'Patient/none' } } }],
  ['Observation', { subject: to('#none') }],
  ['Observation', { valueString: 'Patient/none' }],
  ['Immunization', { education: [{ reference: 'Patient/none' }] }],
  ['Bundle', { type: 'collection', entry: [{ resource: { resourceType: 'Observation', subject: to('Patient/none') } }] }]
]

export function integrityContract(t: Test, open: Open): void {
  t.test('without the setting, references may lead to nothing', async (t) => {
    const store = await open(t)
    await write(store, put('Observation', 'o', { subject: to('Patient/p') }))
    await write(store, put('Patient', 'p'))
    t.match(await write(store, remove('Patient', 'p')), { outcome: 'deleted' })
  })

  t.test('a reference to what is not there is refused wherever it stands, with its path; nothing of the commit is written', async (t) => {
    const store = await open(t, { referentialIntegrity: true })
    await write(store, put('Organization', 'gone'))
    await write(store, remove('Organization', 'gone'))
    for (const [n, [type, more, path]] of PLACES.entries()) {
      for (const target of ['Organization/none', 'Organization/gone', 'Organization/gone/_history/1']) {
        const both = [put('Group', `g${n}`), put(type, `x${n}`, more(target))]
        const error = { code: 'reference.dangling', expression: path, params: { type, id: `x${n}`, target: target.slice(0, 17) } }
        await t.rejects(store.commit(both), error, `${path} ${target}`)
      }
      t.equal(await store.read('Group', `g${n}`), undefined)
    }
    for (const [n, [type, more]] of OTHERS.entries()) t.match(await write(store, put(type, `y${n}`, more)), { outcome: 'created' })
    t.match(await write(store, put('Patient', 'self', { link: [{ other: to('Patient/self') }] })), { outcome: 'created' }, 'to itself')
  })

  t.test(
    'a resource that is referred to cannot be deleted, wherever the reference stands, until nothing living refers to it',
    async (t) => {
      const store = await open(t, { referentialIntegrity: true })
      for (const [n, [type, more]] of PLACES.entries()) {
        const id = n % 2 ? `org${n}` : `11111111-2222-4333-8444-${String(n).padStart(12, '0')}`
        await write(store, put('Organization', id))
        await write(store, put(type, `x${n}`, more(`Organization/${id}/_history/1`)))
        const error = { code: 'resource.referenced', params: { type: 'Organization', id, by: `${type}/x${n}` } }
        await t.rejects(write(store, remove('Organization', id)), error, PLACES[n]![2])
        t.match(await store.read('Organization', id), { deleted: false })
        await write(store, n % 3 ? put(type, `x${n}`, {}) : remove(type, `x${n}`))
        t.match(await write(store, remove('Organization', id)), { outcome: 'deleted' })
      }
      await write(store, put('Patient', 'self', { link: [{ other: to('Patient/self') }] }))
      t.match(await write(store, remove('Patient', 'self')), { outcome: 'deleted' }, 'only by itself')
      await sound(t, store)
    }
  )

  t.test('what counts is the end of the commit: both sides in any order', async (t) => {
    const store = await open(t, { referentialIntegrity: true })
    const observation = put('Observation', 'o', { subject: to('Patient/p') })
    await store.commit([observation, put('Patient', 'p')])
    await t.rejects(store.commit([observation, remove('Patient', 'p')]), { code: 'resource.referenced' }, 'unchanged, but it still refers')
    await t.rejects(store.commit([remove('Patient', 'p'), put('Observation', 'p2', { subject: to('Patient/p') })]), {
      code: /^re(ference.dangling|source.referenced)$/
    })
    await store.commit([remove('Patient', 'p'), remove('Observation', 'o')])
    await store.commit([
      put('Patient', 'a', { link: [{ other: to('Patient/b') }] }),
      put('Patient', 'b', { link: [{ other: to('Patient/a') }] })
    ])
    await store.commit([remove('Patient', 'a'), put('Patient', 'b', {})])
    t.strictSame(await store.counts(), { Patient: 1 })
  })

  t.test('each request stands for itself when several share a commit', async (t) => {
    const store = await open(t, { referentialIntegrity: true })
    await store.commit([put('Patient', 'p'), put('Patient', 'q')])
    const settled = await Promise.allSettled([
      write(store, remove('Patient', 'p')),
      write(store, put('Observation', 'o', { subject: to('Patient/p') })),
      write(store, put('Observation', 'o2', { subject: to('Patient/q') })),
      write(store, remove('Patient', 'q'))
    ])
    // Which of two that exclude each other comes first is not promised; that one of them is refused, and why, is.
    for (const [deleted, referring] of [
      [settled[0], settled[1]],
      [settled[3], settled[2]]
    ])
      if (deleted!.status === 'fulfilled')
        t.match([deleted, referring], [{ value: { outcome: 'deleted' } }, { reason: { code: 'reference.dangling' } }])
      else t.match([deleted, referring], [{ reason: { code: 'resource.referenced' } }, { value: { outcome: 'created' } }])
  })

  t.test('loads are not looked at; what was loaded guards its targets all the same', async (t) => {
    const store: Repository = await open(t, { referentialIntegrity: true })
    if (!store.capabilities().bulk) return t.comment('this store has no bulk loads, and says so')
    const loaded = PLACES.map(([type, more], n) => [type, `x${n}`, more(`Organization/${n}`)] as const)
    await load(store, loaded)
    await load(
      store,
      PLACES.map((_, n) => ['Organization', String(n), {}])
    )
    for (const [n] of PLACES.entries()) await t.rejects(write(store, remove('Organization', String(n))), { code: 'resource.referenced' })
    if (!store.capabilities().upkeep.includes('verify')) return
    const before = await store.verify({ rebuild: false })
    t.match(await store.verify({ rebuild: true }), { indexRows: before.indexRows, problems: [] })
    await t.rejects(write(store, remove('Organization', '2')), { code: 'resource.referenced' })
  })
}
