/** What our own profiles demand of a mapping, as far as it can be seen without a row. */
import type { Form, Problem, ResourceModel, TableModel } from './model.js'

interface StructureDefinition {
  readonly resourceType: string
  readonly url: string
  readonly type: string
  readonly derivation?: string
  readonly snapshot?: {
    readonly element: ReadonlyArray<{ readonly path: string; readonly min?: number; readonly max?: string; readonly sliceName?: string }>
  }
}

export type Profiles = ReadonlyMap<string, StructureDefinition>

/** StructureDefinitions by canonical URL from JSON texts by file name; other resources are passed over. */
export function readProfiles(files: ReadonlyMap<string, string>): Profiles {
  const profiles = new Map<string, StructureDefinition>()
  for (const text of files.values()) {
    const json = JSON.parse(text) as StructureDefinition
    if (json.resourceType === 'StructureDefinition') profiles.set(json.url, json)
  }
  return profiles
}

/** Profiles named in meta.profile: known, of the right type, required elements given, forbidden ones left out. Extensions of ours: known. */
export function checkProfiles(resource: ResourceModel, table: TableModel, profiles: Profiles, canonical: string): Problem[] {
  if (profiles.size === 0) return []
  const problems: Problem[] = []
  const problem = (message: string) => problems.push({ place: resource.place, message: `${resource.as}: ${message}` })
  for (const url of literals(resource.members, 'url')) {
    if (url.startsWith(`${canonical}/`) && !profiles.has(url)) problem(`extension ${url} is not defined in profiles/`)
  }
  const meta = resource.members.find((member) => member.name === 'meta')?.form
  for (const url of meta === undefined ? [] : strings(meta)) {
    const profile = profiles.get(url)
    if (profile === undefined) {
      if (url.startsWith(`${canonical}/`)) problem(`profile ${url} is not defined in profiles/`)
      continue
    }
    if (profile.type !== resource.type) problem(`profile ${url} is for ${profile.type}, not for ${resource.type}`)
    const merged = table.merges
      .filter((merge) => merge.into.space === resource.as)
      .flatMap((merge) => merge.slots.map((slot) => slot.member))
    const own = resource.members.flatMap((member) =>
      member.choice === undefined ? [member.name] : [member.name, ...member.choice.map((one) => one.name)]
    )
    const given = [...own, ...merged]
    for (const element of profile.snapshot?.element ?? []) {
      const [type, name, ...deeper] = element.path.split('.')
      if (type !== resource.type || name === undefined || deeper.length > 0 || element.sliceName !== undefined) continue
      const stem = name.endsWith('[x]') ? name.slice(0, -3) : undefined
      const present = given.some((one) => one === name || (stem !== undefined && one.startsWith(stem)))
      if ((element.min ?? 0) > 0 && !present) problem(`profile ${url} needs ${element.path}`)
      if (element.max === '0' && present) problem(`profile ${url} forbids ${element.path}`)
    }
  }
  return problems
}

/** Literal values of all members with a name, at any depth. */
function literals(members: ResourceModel['members'], name: string): string[] {
  return members.flatMap((member) => {
    if (member.choice !== undefined) return literals(member.choice, name)
    if (member.name === name && member.form.kind === 'literal') return [String(JSON.parse(member.form.json || '""'))]
    return inside(member.form, name)
  })
}

function inside(form: Form, name: string): string[] {
  switch (form.kind) {
    case 'object':
      return literals(form.members, name)
    case 'array':
    case 'first':
      return form.items.flatMap((item) => inside(item, name))
    case 'if':
      return [...inside(form.whenTrue, name), ...(form.otherwise === undefined ? [] : inside(form.otherwise, name))]
    default:
      return []
  }
}

function strings(form: Form): string[] {
  if (form.kind === 'literal') return form.json.startsWith('"') ? [JSON.parse(form.json) as string] : []
  if (form.kind === 'array') return form.items.flatMap(strings)
  return form.kind === 'object' ? form.members.flatMap((member) => strings(member.form)) : []
}
