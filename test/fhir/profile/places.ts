/** Every object of a resource with its type, and seeded damage to one of them. */
import { typeDefinition } from '#wardbridge/fhir/definitions.js'
import type { Random } from '../random.js'

export type Members = Record<string, unknown>

export interface Place {
  readonly value: unknown
  readonly type: string
  /** What FHIRPath knows it by. */
  readonly base: string
  readonly resource: unknown
  readonly root: unknown
}

/** All elements, primitives too (without their halves). */
export function places(resource: Members, root: unknown = resource): Place[] {
  const type = resource['resourceType']
  return typeof type === 'string' && typeDefinition(type)?.kind === 'resource' ? below(resource, type, type, resource, root) : []
}

function below(value: unknown, type: string, base: string, resource: Members, root: unknown): Place[] {
  const place = { value, type, base, resource, root }
  if (typeof value !== 'object' || value === null) return [place]
  const members = typeDefinition(type)?.members
  const inner = Object.entries(value).flatMap(([name, item]) => {
    const half = name.startsWith('_')
    const known = members?.get(half ? name.slice(1) : name)
    if (known === undefined) return []
    const items: unknown[] = Array.isArray(item) ? item : [item]
    return items.flatMap((one) => {
      if (one === null || one === undefined) return []
      const own = (one as { resourceType?: unknown }).resourceType
      if (typeDefinition(known.type)?.kind === 'resource') {
        return typeof own === 'string' ? places(one as Members, name === 'contained' ? root : one) : []
      }
      if (half) return typeof one === 'object' ? below(one, 'Element', 'Element', resource, root) : []
      const primitive = typeDefinition(known.type)?.kind === 'primitive'
      return below(one, known.type, primitive ? `${type}.${name}` : known.type, resource, root)
    })
  })
  return [place, ...inner]
}

/** Damages one member of one object of a resource, in place. */
export function damage(resource: Members, random: Random): void {
  const objects = places(resource).filter(({ value }) => typeof value === 'object')
  if (objects.length === 0) return
  const object = random.pick(objects).value as Members
  const names = Object.keys(object)
  const name = random.pick(names)
  const other = random.pick(objects).value
  switch (random.int(9)) {
    case 0:
      delete object[name]
      break
    case 1:
      object[name] = random.pick<unknown>([null, {}, [], '', 0, -1, true, 'x', '#nothing', [null], [{}], [[]]])
      break
    case 2:
      object[name] = Array.isArray(object[name]) ? (object[name] as unknown[])[0] : [object[name]]
      break
    case 3:
      object[random.pick(names)] = structuredClone(object[name])
      break
    case 4:
      object[`_${name}`] = random.pick<unknown>([{ id: 'h' }, { extension: [{ url: 'http://x', valueString: 'y' }] }, [null], 'x'])
      break
    case 5:
      object['extension'] = [structuredClone(other)]
      break
    case 6:
      object['meta'] = { profile: [random.pick(PROFILES), 1, null] }
      break
    case 7:
      object['resourceType'] = random.pick(['Patient', 'Observation', 'Nobody', '__proto__'])
      break
    default:
      object[random.pick(['contained', 'value', 'valueString', 'component', 'code', 'start', 'reference', 'url'])] = structuredClone(other)
  }
}

const PROFILES = ['bp', 'heartrate', 'vitalsigns', 'lipidprofile', 'patient-birthTime', 'nothing'].map(
  (name) => `http://hl7.org/fhir/StructureDefinition/${name}`
)
