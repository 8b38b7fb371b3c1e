/** An analyst's FHIR client: searches over HTTP, pages, and the people and stays that results refer to. Knows no tables. */

// biome-ignore lint/suspicious/noExplicitAny: resources of every type
export type Resource = any

export const CODES = {
  loinc: 'http://loinc.org',
  icd9: 'http://hl7.org/fhir/sid/icd-9-cm',
  items: 'https://fhir.wardbridge.dev/CodeSystem/mimic-iii-d-items'
}

export class Client {
  readonly base: string

  constructor(base: string) {
    this.base = base
  }

  async get(url: string): Promise<Resource> {
    // Not packed: a gigabyte of answers goes from one process of this machine to another.
    const headers = { accept: 'application/fhir+json', prefer: 'handling=strict', 'accept-encoding': 'identity' }
    const answer = await fetch(url, { headers })
    const text = await answer.text()
    if (answer.status !== 200) throw new Error(`${url}: ${answer.status} ${text.slice(0, 300)}`)
    return JSON.parse(text)
  }

  /** Every match of a search, page after page. */
  async *each(query: string): AsyncGenerator<Resource> {
    const separator = query.includes('?') ? '&' : '?'
    let url: string | undefined = `${this.base}/${query}${separator}_count=1000`
    while (url !== undefined) {
      const bundle: Resource = await this.get(url)
      for (const entry of bundle.entry ?? []) {
        if (entry.resource.resourceType === 'OperationOutcome') throw new Error(`${query}: ${JSON.stringify(entry.resource.issue)}`)
        yield entry.resource
      }
      url = bundle.link?.find((link: Resource) => link.relation === 'next')?.url
    }
  }

  async list(query: string): Promise<Resource[]> {
    const found: Resource[] = []
    for await (const one of this.each(query)) found.push(one)
    return found
  }

  async count(query: string): Promise<number> {
    return (await this.get(`${this.base}/${query}${query.includes('?') ? '&' : '?'}_summary=count`)).total
  }
}

/** `system|code,system|code` as the value of a token parameter. */
export function tokens(system: string, ...codes: readonly string[]): string {
  return codes.map((code) => encodeURIComponent(`${system}|${code}`)).join(',')
}

/** The value of the identifier whose system ends with the name. */
export function identifier(resource: Resource, name: string): string | undefined {
  return resource?.identifier?.find((one: Resource) => one.system?.endsWith(`:${name}`))?.value
}

/** The first code of a CodeableConcept in a system. */
export function codeIn(concept: Resource, system: string): string | undefined {
  return concept?.coding?.find((one: Resource) => one.system === system)?.code
}

/** The extension with a URL that ends with the name. */
export function extension(element: Resource, name: string): Resource {
  return element?.extension?.find((one: Resource) => one.url.endsWith(`/${name}`))
}

/** `2164-10-23 21:09:00` of a FHIR instant; a date stays a date. The clock of the source is -05:00 all the year. */
export function local(instant: string | undefined): string {
  if (instant === undefined) return ''
  if (instant.length === 10) return instant
  if (!instant.endsWith('-05:00')) throw new Error(`${instant} has another offset`)
  return instant.slice(0, 19).replace('T', ' ')
}

/** People and stays, by the references that other resources have to them. */
export class Hospital {
  readonly client: Client
  readonly patients: readonly Resource[]
  /** Stays in the hospital: Encounters that are part of no other. */
  readonly admissions: readonly Resource[]
  readonly icuStays: readonly Resource[]
  private readonly byReference = new Map<string, Resource>()

  private constructor(client: Client, patients: readonly Resource[], encounters: readonly Resource[]) {
    this.client = client
    this.patients = patients
    this.admissions = encounters.filter((one) => !one.partOf)
    this.icuStays = encounters.filter((one) => one.partOf)
    for (const one of [...patients, ...encounters]) this.byReference.set(`${one.resourceType}/${one.id}`, one)
  }

  static async open(client: Client): Promise<Hospital> {
    return new Hospital(client, await client.list('Patient'), await client.list('Encounter'))
  }

  resolve(reference: Resource): Resource {
    const found = this.byReference.get(reference?.reference)
    if (found === undefined) throw new Error(`${JSON.stringify(reference)} leads nowhere`)
    return found
  }

  /** The subject_id of the patient that a reference names. */
  patient(reference: Resource): string {
    return identifier(this.resolve(reference), 'subject_id') ?? ''
  }

  /** The hadm_id of the hospital stay that a reference names, be it the stay itself or an ICU stay within it; '' without one. */
  hadm(reference: Resource): string {
    if (reference === undefined) return ''
    const stay = this.resolve(reference)
    return identifier(stay.partOf ? this.resolve(stay.partOf) : stay, 'hadm_id') ?? ''
  }

  /** The icustay_id of the ICU stay that a reference names; '' where it names none. */
  icu(reference: Resource): string {
    return reference === undefined ? '' : (identifier(this.resolve(reference), 'icustay_id') ?? '')
  }
}
