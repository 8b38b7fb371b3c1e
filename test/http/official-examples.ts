/** The resources of hl7.fhir.r4.examples 4.0.1. */
import { readdirSync, readFileSync } from 'node:fs'
import { resourceTypes } from '#wardbridge/fhir/definitions.js'

/** Where the package is unpacked. */
export const FOLDER = process.env['WARDBRIDGE_R4_EXAMPLES'] ?? 'node_modules/hl7.fhir.r4.examples'

export interface Example {
  readonly name: string
  readonly type: string
  readonly id: string
  readonly text: string
}

/** JSON with every number as text, so that 1.0 is not 1.00. */
const exactly = (text: string) => text.replace(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g, (token) => (token[0] === '"' ? token : `"#${token}"`))

/** The content of a resource, without what the server sets. */
export function content(text: string): string {
  const { meta, ...rest } = JSON.parse(exactly(text))
  const { versionId: _, lastUpdated: __, ...kept } = meta ?? {}
  return JSON.stringify(Object.keys(kept).length > 0 ? { ...rest, meta: kept } : rest)
}

export function readExamples(): Example[] {
  const examples: Example[] = []
  for (const name of readdirSync(FOLDER)) {
    if (!name.endsWith('.json') || name === 'package.json' || name.startsWith('.')) continue
    const text = readFileSync(`${FOLDER}/${name}`, 'utf8')
    const { resourceType, id } = JSON.parse(text)
    if (resourceTypes().includes(resourceType)) examples.push({ name, type: resourceType, id, text })
  }
  return examples
}
