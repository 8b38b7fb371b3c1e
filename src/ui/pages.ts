/** Pages for people: `/` and what it needs. Public. */
import { readFileSync } from 'node:fs'
import type { FastifyInstance } from 'fastify'
import type { Settings } from '../config.js'
import { rootUrl } from '../http/base-url.js'
import { LAST_LOAD } from '../ingest/report.js'
import { isLoopback } from '../loopback.js'
import type { Service } from '../service/contract.js'
import { home } from './home.js'
import { layout } from './layout.js'
import { parseLoadReport } from './load-report.js'

export interface PageOptions {
  readonly service: Service
  readonly settings: Settings
  readonly version: string
}

const ASSETS = { 'wardbridge.css': 'text/css; charset=utf-8', 'wardbridge.svg': 'image/svg+xml' } as const

export async function pages(app: FastifyInstance, { service, settings, version }: PageOptions): Promise<void> {
  const local = showsCounts(settings)

  app.get('/', { config: { public: true }, schema: { hide: true } }, async (request, reply) => {
    const model = {
      root: rootUrl(settings.publicUrl, request),
      counts: local ? await service.counts({ subject: 'page', role: 'system' }) : undefined,
      lastLoad: local ? parseLoadReport(await service.getNote(LAST_LOAD)) : undefined
    }
    reply.type('text/html; charset=utf-8').header('cache-control', 'no-store')
    return layout('Wardbridge', version, home(model))
  })

  for (const [name, type] of Object.entries(ASSETS)) {
    const bytes = readFileSync(new URL(`../../assets/${name}`, import.meta.url))
    app.get(`/assets/${name}`, { config: { public: true }, schema: { hide: true } }, async (_request, reply) =>
      reply.type(type).header('cache-control', 'public, max-age=300').send(bytes)
    )
  }
}

/**
 * Anyone who reaches the page sees what it shows, and how much of what a hospital holds is the hospital's business: counts only where nobody but this
 * machine can come (docs/decisions/0052-counts-on-the-page.md).
 */
export function showsCounts(settings: Settings): boolean {
  const outside = settings.publicUrl !== undefined && !isLoopback(new URL(settings.publicUrl).hostname)
  return isLoopback(settings.host) && !outside && settings.trustProxy.length === 0
}
