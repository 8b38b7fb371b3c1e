import t from 'tap'
import { ROUTES } from '#wardbridge/http/hospital/routes.js'
import { build } from '../../helper.js'

interface Operation {
  readonly operationId: string
  readonly requestBody?: { readonly content: Record<string, { readonly schema: { readonly $ref: string } }> }
  readonly responses: Record<string, { readonly content?: Record<string, { readonly schema: { readonly $ref: string } }> }>
  readonly parameters?: ReadonlyArray<{ readonly name: string }>
}

t.test('/docs/json describes every route of /rest with schemas made from the columns, and examples', async (t) => {
  const { ask } = await build(t)
  const [one, two] = await Promise.all([ask('GET', '/docs/json', { token: false }), ask('GET', '/docs/json', { token: false })])
  t.equal(one.status, 200)
  t.equal(one.text, two.text, 'also while the mapping is being read')
  const { paths, components } = one.json as {
    paths: Record<string, Record<string, Operation>>
    components: { schemas: Record<string, { properties?: object; example?: object; required?: string[] }> }
  }
  const names = new Set<string>()
  for (const { method, url } of ROUTES) {
    const path = `/rest${url.replace(/:(\w+)/g, '{$1}')}`
    const operation = paths[path]?.[method.toLowerCase()]
    t.ok(operation, `${method} ${path}`)
    names.add(operation!.operationId)
    const { 204: _nothing, ...responses } = operation!.responses
    const contents = [operation!.requestBody, ...Object.values(responses)].flatMap((part) => Object.values(part?.content ?? {}))
    for (const { schema } of contents) t.ok(components.schemas[schema.$ref.replace('#/components/schemas/', '')], schema.$ref)
  }
  t.equal(names.size, ROUTES.length)
  t.match(components.schemas['post-rest-admissions-body'], {
    required: ['subject_id', 'admittime'],
    properties: { admittime: { type: 'string' }, subject_id: { type: 'integer' }, unit: { type: 'string' } },
    example: { unit: 'MICU' }
  })
  t.match(components.schemas['get-rest-user-id-row'], {
    example: { subject_id: 10006, dod: null },
    properties: { expire_flag: { enum: [0, 1] } }
  })
  t.notOk(Object.hasOwn(components.schemas['get-rest-user-id-row']!.properties!, 'row_id'), 'a column that does not come back is not shown')
  t.match(paths['/rest/user']!['post']!.parameters, [{ name: 'Idempotency-Key' }])
})
