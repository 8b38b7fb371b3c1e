/** The part of the contract about contained resources: random searches, against what each contained resource says by itself. */
import type { Test } from 'tap'
import { parseSearch } from '#wardbridge/fhir/search-query.js'
import type { Repository } from '#wardbridge/store/repository.js'
import { ids, load, type Open, put, sound, write } from './repository.js'
import { matches, randomCase, randomObservations } from './search-oracle.js'

/** Contained resources in one container. */
const INSIDE = 3

interface All {
  /** `List/l1#o5`, or `Observation/o5` */
  readonly found: string[]
  readonly totals: ReadonlySet<number | undefined>
}

async function all(store: Repository, query: string): Promise<All> {
  const found: string[] = []
  const totals = new Set<number | undefined>()
  for (let cursor: string | undefined, begun = false; !begun || cursor !== undefined; begun = true) {
    const parameters = [...new URLSearchParams(`${query}&_total=accurate&_count=7`.replaceAll('+', '%2B'))]
    const page = await store.search({ ...parseSearch('Observation', parameters, { handling: 'strict' }), cursor })
    if (page.resources.length > 7) throw new Error('more than was asked for')
    found.push(...page.resources.map(({ type, id, fragment }) => `${type}/${id}${fragment === undefined ? '' : `#${fragment}`}`))
    totals.add(page.total)
    cursor = page.next
  }
  return { found, totals }
}

export function containedContract(t: Test, open: Open): void {
  t.test('random searches for contained resources, loaded in bulk and written singly, page by page', async (t) => {
    const store = await open(t)
    if (!store.capabilities().search.contained) return void (await t.rejects(all(store, '_contained=true'), { code: 'not-supported' }))
    const observations = randomObservations(200, 5)
    const alone = observations.slice(0, 80)
    const inside = observations.slice(80)
    const containers = Array.from({ length: inside.length / INSIDE }, (_, n) => ({
      id: `l${n}`,
      contained: inside.slice(n * INSIDE, (n + 1) * INSIDE)
    }))
    const body = ({ contained }: (typeof containers)[number]) => ({ contained, status: 'current', mode: 'working' })
    const late = containers.splice(30)
    await load(store, [
      ...alone.map((one) => ['Observation', one.id, one] as const),
      ...containers.map((one) => ['List', one.id, body(one)] as const)
    ])
    for (const one of late) await write(store, put('List', one.id, body(one)))
    const lists = [...containers, ...late]
    let most = 0
    for (let seed = 1; seed <= 60; seed++) {
      const one = randomCase(seed)
      const itself = alone.filter((resource) => matches(resource, one)).map(({ id }) => `Observation/${id}`)
      const met = lists.map(({ id, contained }) => ({ id, met: contained.filter((resource) => matches(resource, one)) }))
      const each = met.flatMap(({ id, met }) => met.map((resource) => `List/${id}#${resource.id}`))
      const holders = met.filter(({ met }) => met.length > 0).map(({ id }) => `List/${id}`)
      most = Math.max(most, each.length)
      for (const [more, expected] of [
        ['_contained=true', holders],
        ['_contained=true&_containedType=contained', each],
        ['_contained=both', [...itself, ...holders]],
        ['_contained=both&_containedType=contained', [...itself, ...each]]
      ] as const) {
        const { found, totals } = await all(store, `${one.query}&${more}`)
        t.strictSame(found, expected, `${one.query}&${more}`)
        t.strictSame([...totals], [expected.length])
      }
    }
    t.ok(most > 7, 'some searches have several pages')
    await sound(t, store)
  })

  t.test(
    'a chain that stands for resources of the store finds contained ones, too; where nothing is contained it goes as before',
    async (t) => {
      const store = await open(t)
      if (!store.capabilities().search.contained) return
      await write(store, put('Patient', 'p', { gender: 'female' }))
      const outside = { status: 'final', subject: { reference: 'Patient/p' } }
      await write(store, put('Observation', 'a', outside))
      t.strictSame(await ids(store, 'Observation', 'patient.gender=female'), ['a'])
      const contained = [
        { resourceType: 'Patient', id: 'in', gender: 'female' },
        { resourceType: 'Patient', id: 'other', gender: 'male' }
      ]
      await write(store, put('Observation', 'b', { status: 'final', contained, subject: { reference: '#in' } }))
      await write(store, put('Observation', 'c', { ...outside, contained: contained.slice(1), focus: [{ reference: '#other' }] }))
      t.strictSame(await ids(store, 'Observation', 'patient.gender=female'), ['a', 'b', 'c'])
      t.strictSame(await ids(store, 'Observation', 'subject:Patient.gender=male'), [])
      t.strictSame(await ids(store, 'Observation', 'focus:Patient.gender=male'), ['c'])
      t.strictSame(await ids(store, 'Observation', '_filter=not (patient.gender eq male)'), ['a', 'b', 'c'])
      await write(store, put('Observation', 'b', { status: 'final', subject: { reference: '#in' } }))
      t.strictSame(await ids(store, 'Observation', 'patient.gender=female'), ['a', 'c'])
    }
  )
}
