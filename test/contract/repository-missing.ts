/** The part of the contract about what resources have no value for (`:missing`) and what they have a value of a system for (`system|`). */
import type { Test } from 'tap'
import type { Repository } from '#wardbridge/store/repository.js'
import { ids, load, type Open, put, rebuild, sound, write } from './repository.js'

const coding = (system: string | undefined, code: string) => ({ coding: [{ ...(system === undefined ? {} : { system }), code }] })

const RESOURCES: ReadonlyArray<readonly [string, string, object]> = [
  [
    'Observation',
    'both',
    { code: { coding: [...coding('urn:a', '1').coding, ...coding('urn:b', '1').coding] }, subject: { reference: 'Patient/p' } }
  ],
  ['Observation', 'a', { code: coding('urn:a', '2'), subject: { reference: 'Group/g' }, valueQuantity: { value: 1 } }],
  ['Observation', 'bare', { code: coding(undefined, '1'), subject: { type: 'Patient', identifier: { value: '1' } }, valueString: 'x' }],
  ['Observation', 'text', { code: { text: 'only text' }, subject: { display: 'somebody' }, effectiveDateTime: '2020' }],
  ['Observation', 'empty', {}],
  ['Patient', 'none', {}],
  ['Patient', 'named', { name: [{ text: 'x' }], gender: 'male', identifier: [{ system: 'urn:a', value: '1' }], birthDate: '1970' }]
]

/** type, query, ids expected (sorted). A code without coding and a reference without address are values all the same (R4 search.html#modifiers). */
const CASES: ReadonlyArray<readonly [string, string, readonly string[]]> = [
  ['Observation', 'code:missing=true', ['empty']],
  ['Observation', 'code:missing=false', ['a', 'bare', 'both', 'text']],
  ['Observation', 'subject:missing=true', ['empty']],
  ['Observation', 'subject:missing=false', ['a', 'bare', 'both', 'text']],
  ['Observation', 'patient:missing=false', ['bare', 'both']],
  ['Observation', 'patient:missing=true', ['a', 'empty', 'text']],
  ['Observation', 'date:missing=false', ['text']],
  ['Observation', 'date:missing=true&subject:missing=false', ['a', 'bare', 'both']],
  ['Observation', 'value-quantity:missing=false', ['a']],
  ['Observation', 'value-string:missing=false', ['bare']],
  ['Observation', 'status:missing=false', []],
  ['Observation', 'code=urn:a|', ['a', 'both']],
  ['Observation', 'code=urn:b|', ['both']],
  ['Observation', 'code=urn:none|', []],
  ['Observation', 'code=urn:a|,urn:b|&subject:missing=false', ['a', 'both']],
  ['Observation', 'code=urn:b|,|1', ['bare', 'both']],
  ['Observation', 'code:not=urn:a|', ['bare', 'empty', 'text']],
  ['Patient', 'gender:missing=true', ['none']],
  ['Patient', 'name:missing=false&birthdate:missing=false', ['named']],
  ['Patient', 'identifier=urn:a|', ['named']],
  ['Patient', 'address:missing=true', ['named', 'none']],
  ['Device', 'type:missing=true', []]
]

export function missingContract(t: Test, open: Open): void {
  t.test('resources without a value and those with a value of a system, written singly, loaded, changed, or indexed anew', async (t) => {
    const [written, loaded, changed] = [await open(t), await open(t), await open(t)]
    for (const one of RESOURCES) await write(written, put(...one))
    await load(loaded, [...RESOURCES, RESOURCES[0]!, ['Observation', 'twice', {}], ['Observation', 'twice', { status: 'x' }]], false)
    await write(loaded, { method: 'delete', type: 'Observation', id: 'twice' })
    // Each first holds what another one of its type holds.
    await changed.commit(
      RESOURCES.map(([type, id], n) => put(type, id, RESOURCES.findLast((other, m) => other[0] === type && m !== n)![2]))
    )
    await load(changed, RESOURCES, false)
    const look = async (stores: Readonly<Record<string, Repository>>) => {
      for (const [type, query, expected] of CASES)
        for (const [name, store] of Object.entries(stores))
          t.strictSame(await ids(store, type, query), expected, `${type}?${query} (${name})`)
      for (const store of Object.values(stores)) await sound(t, store)
    }
    await look({ written, loaded, changed })
    await rebuild(t, loaded)
    await look({ loaded })
  })

  t.test('pages and totals of what most resources have, and of what a few have not', async (t) => {
    const store = await open(t)
    const all = Array.from({ length: 5000 }, (_, n) => `p${n}`)
    await load(
      store,
      all.map((id, n) => ['Patient', id, n % 1000 === 7 ? {} : { gender: 'male', ...(n % 2 ? { birthDate: '1970' } : {}) }])
    )
    const few = all.filter((_, n) => n % 1000 === 7).sort()
    t.strictSame(await ids(store, 'Patient', 'gender:missing=true'), few)
    t.strictSame(await ids(store, 'Patient', 'birthdate:missing=true&gender:missing=true'), few)
    t.equal((await ids(store, 'Patient', 'gender:missing=false&birthdate:missing=false')).length, 1000, 'a full page')
  })
}
