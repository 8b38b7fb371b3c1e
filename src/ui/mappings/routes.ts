/**
 * The pages at `/mappings`. What they show of packs and of a generated hospital is public; a row of the store is shown to who may read it, with a token that
 * comes in the form (or without one where the server runs with `--no-auth`).
 */
import { readFileSync } from 'node:fs'
import type { FastifyInstance } from 'fastify'
import type { Settings } from '../../config.js'
import '../../http/context.js'
import { fail, WardbridgeError } from '../../errors.js'
import { isResourceType } from '../../fhir/definitions.js'
import { installedPacks } from '../../files/packs.js'
import { storedResources } from '../../ingest/index.js'
import { LAST_LOAD } from '../../ingest/report.js'
import { ExampleHospital } from '../../lineage/examples.js'
import { type CompileOptions, compilePack, explain } from '../../mapping/index.js'
import type { Principal } from '../../service/contract.js'
import { openState } from '../../state/state.js'
import { type Html, html } from '../html.js'
import { layout } from '../layout.js'
import { parseLoadReport } from '../load-report.js'
import type { PageOptions } from '../pages.js'
import { highlightCss } from './highlight-css.js'
import { askForRow, chooseTable, tableList } from './index-page.js'
import { rowPage } from './row-page.js'
import { tablePage } from './table-page.js'

/** Largest form that is read, in bytes: an address and a token. */
const FORM_LIMIT = 16_384

const HEAD = html`<section class="hero"><h1>Mappings</h1>
<p>Which column of which table feeds which element, through which code map: from the mapping files alone, with rows of a generated hospital as examples.</p></section>`

const opened = new Map<string, Promise<ExampleHospital>>()

/** Installed packs do not change while the program runs: each is read once, when it is first asked for. */
function hospital(name: string): Promise<ExampleHospital> {
  const known = opened.get(name) ?? ExampleHospital.open(name)
  opened.set(name, known)
  return known
}

export async function mappingPages(app: FastifyInstance, { service, settings, version }: PageOptions): Promise<void> {
  const packs = async () => (await Promise.all((await installedPacks()).reverse().map(hospital))).map(({ model }) => model)
  const page = async (chosen: string, content: readonly (Html | undefined)[], asked?: { resource: string; token: string }) => {
    const all = await packs()
    const { resource = '', token = '' } = asked ?? {}
    return layout(
      chosen === '' ? 'Mappings' : `${chosen} · Mappings`,
      version,
      html`${HEAD}${chooseTable(all, chosen)}
${asked === undefined ? content : undefined}${askForRow(resource, token, !settings.noAuth)}${asked === undefined ? undefined : content}
${chosen === '' && content.length === 0 ? tableList(all) : undefined}`,
      ['mappings.css']
    )
  }

  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string', bodyLimit: FORM_LIMIT }, (_request, body, done) =>
    done(null, new URLSearchParams(String(body)))
  )

  app.get('/mappings', { config: { public: true }, schema: { hide: true } }, async (request, reply) => {
    const query = new URLSearchParams(request.url.split('?')[1] ?? '')
    const chosen = query.get('table') ?? ''
    reply.type('text/html; charset=utf-8').header('cache-control', 'no-store')
    // A link may name a resource, so that only the token is left to give.
    if (chosen === '') return page('', [], { resource: query.get('resource') ?? '', token: '' })
    const [name = '', table = ''] = chosen.split('/')
    const known = (await installedPacks()).includes(name) ? await hospital(name) : undefined
    const model = known?.model.tables.get(table)
    if (known === undefined || model === undefined) {
      reply.code(404)
      return page('', [problem(`There is no table ${chosen}`)])
    }
    const examples = known.of(table)
    const lineage = explain(known.model, table)
    const maps = [...new Set(lineage.flatMap((row) => row.maps))].flatMap((map) => known.codeMap(map) ?? [])
    const shown = examples.find(({ line }) => String(line) === query.get('line')) ?? examples[0]
    return page(chosen, [tablePage({ pack: known.model, table: model, lineage, maps, examples, shown })])
  })

  app.get('/mappings/row', { schema: { hide: true } }, async (request, reply) => {
    const query = new URLSearchParams(request.url.split('?')[1] ?? '')
    const resource = query.get('resource') ?? ''
    const found = await findRow(request.principal, resource, query.get('row') ?? '')
    reply.type('text/html; charset=utf-8').header('cache-control', 'no-store')
    return page('', [found], { resource, token: '' })
  })

  app.post<{ Body: unknown }>('/mappings/row', { config: { public: true }, schema: { hide: true } }, async (request, reply) => {
    const form = request.body instanceof URLSearchParams ? request.body : new URLSearchParams()
    const [resource, token] = [(form.get('other') ?? form.get('resource') ?? '').trim(), (form.get('token') ?? '').trim()]
    reply.type('text/html; charset=utf-8').header('cache-control', 'no-store')
    try {
      const who = settings.noAuth ? request.principal : await app.holderOf(token, request.ip)
      return await page('', [await findRow(who, resource, form.get('row') ?? '')], { resource, token })
    } catch (error) {
      if (!(error instanceof WardbridgeError) || error.status >= 500) throw error
      reply.code(error.status)
      return page('', [problem(error.message)], {
        resource,
        // A token that was refused is not given back.
        token: error.status === 401 ? '' : token
      })
    }
  })

  const css = readFileSync(new URL('../../../assets/mappings.css', import.meta.url), 'utf8') + highlightCss()
  app.get('/assets/mappings.css', { config: { public: true }, schema: { hide: true } }, async (_request, reply) =>
    reply.type('text/css; charset=utf-8').header('cache-control', 'public, max-age=300').send(css)
  )

  /** The card that says from which row a resource comes. chosen: which of its rows to show, as a number. */
  async function findRow(who: Principal, resource: string, chosen: string): Promise<Html> {
    const [type = '', id = ''] = resource.split('/')
    if (!isResourceType(type)) throw fail('resource.unknown-type', { type })
    const text = (await service.read(who, type, id)).body.toString()
    const last = parseLoadReport(await service.getNote(LAST_LOAD))
    const installed = last?.mapping !== undefined && (await installedPacks()).includes(last.mapping)
    if (last?.source === undefined || last.mapping === undefined || !installed)
      throw fail('mapping.source', { reason: 'the last load of this store does not name a mapping that is installed here' })
    const { model } = await hospital(last.mapping)
    const options: CompileOptions = { source: last.source, ...(model.public ? {} : { idSecret: await idSecret(settings) }) }
    const loaded = { model, pack: compilePack(model, options), source: last.source }
    return rowPage({ loaded, options, stored: storedResources(service, who), resource: { type, id, text }, chosen: Number(chosen) || 0 })
  }
}

function problem(message: string): Html {
  return html`<section class="card problem" role="alert"><h2>That cannot be shown</h2><p>${message}</p></section>`
}

async function idSecret({ state: location, google }: Settings): Promise<Buffer> {
  const state = await openState(location, { google })
  try {
    return await state.getSecret('ids')
  } finally {
    state.close()
  }
}
