/** The part of the contract about `_text` and `_content`: words, phrases and operators, however resources were written. */
import type { Test } from 'tap'
import { ids, load, type Open, put, rebuild, sound, write } from './repository.js'

const div = (html: string) => ({ status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">${html}</div>` })

const RESOURCES: ReadonlyArray<readonly [string, string, object]> = [
  [
    'Condition',
    'a',
    {
      text: div('<p>Metastases of the <b>bone</b></p>'),
      code: { text: 'Sekundärer Tumor', coding: [{ code: 'C79', display: 'Secondary malignant neoplasm' }] }
    }
  ],
  ['Condition', 'b', { text: div('metastases &amp; LIVER lesions'), note: [{ text: 'seen by Dr. Bone' }] }],
  ['Condition', 'c', { text: div('broken bone'), subject: { reference: 'Patient/metastases', display: 'Ada O’Neill' } }],
  ['Condition', 'd', { code: { text: 'x-ray of the chest' }, extension: [{ url: 'http://liver.example', valueString: 'deep inside' }] }],
  ['Condition', 'e', { contained: [{ resourceType: 'Medication', id: 'm', code: { text: 'Aspirin' } }] }],
  ['Condition', 'f', {}]
]

/** query, ids. */
const CASES: ReadonlyArray<readonly [string, readonly string[]]> = [
  ['_text=bone', ['a', 'c']],
  ['_text=BONE metastases', ['a']],
  ['_text=(bone OR liver) and metastases', ['a', 'b']],
  ['_text=bone,liver', ['a', 'b', 'c']],
  ['_text=metastases NOT bone', ['b']],
  ['_text="broken bone"', ['c']],
  ['_text="bone broken"', []],
  ['_text=p', []],
  ['_text=neoplasm', []],
  ['_content=neoplasm', ['a']],
  ['_content=bone', ['a', 'b', 'c']],
  ['_content=bone&_content=liver', ['b']],
  ['_content=sekundarer', ['a']],
  ['_content=C79', []],
  ['_content=metastases', ['a', 'b']],
  ['_content=x-ray', ['d']],
  ['_content=ray-x', []],
  ['_content=deep', ['d']],
  ['_content=aspirin', ['e']],
  ['_content=ada', ['c']],
  ['_content=nothing', []],
  ['_content="unclosed (bone', []],
  ['_content=((bone', ['a', 'b', 'c']],
  ['_content=bone) broken', ['c']],
  ['_content=bone AND AND OR', ['a', 'b', 'c']],
  ['_content=* ^ : bone {', ['a', 'b', 'c']],
  ['_content=narrative:bone', []]
]

export function textContract(t: Test, open: Open): void {
  t.test('words are found, whether written singly, loaded, loaded and indexed anew, or changed before', async (t) => {
    const [written, loaded, rebuilt, changed] = [await open(t), await open(t), await open(t), await open(t)]
    await written.commit(RESOURCES.map((one) => put(...one)))
    await load(loaded, RESOURCES)
    await load(rebuilt, RESOURCES)
    await rebuild(t, rebuilt)
    await load(
      changed,
      RESOURCES.map(([type, id], n) => [type, id, RESOURCES.at(n - 1)![2]])
    )
    await changed.commit(RESOURCES.map((one) => put(...one)))
    for (const [query, expected] of CASES)
      for (const [name, store] of Object.entries({ written, loaded, rebuilt, changed }))
        t.strictSame(await ids(store, 'Condition', query), expected, `${query} (${name})`)
    for (const store of [written, loaded, changed]) await sound(t, store)
  })

  t.test('a deleted resource is not found by its words, a brought back one is; with other parameters, sorted and counted', async (t) => {
    const store = await open(t)
    await store.commit(RESOURCES.map((one) => put(...one)))
    await write(store, { method: 'delete', type: 'Condition', id: 'a' })
    t.strictSame(await ids(store, 'Condition', '_content=bone'), ['b', 'c'])
    await write(store, put(...RESOURCES[0]!))
    t.strictSame(await ids(store, 'Condition', '_content=bone&_sort=-_id'), ['a', 'b', 'c'])
    t.strictSame(await ids(store, 'Condition', '_content=bone&_id=a,b&code=C79'), ['a'])
    t.strictSame(await ids(store, 'Condition', '_content=bone&_id:not=a'), ['b', 'c'])
    await sound(t, store)
  })
}
