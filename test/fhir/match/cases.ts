/** People of test cases as Patients. */

export interface Facts {
  readonly family?: string | null
  readonly given?: readonly string[] | null
  readonly birth?: string | null
  readonly sex?: string | null
  readonly id?: string | null
  readonly phone?: string | null
  readonly email?: string | null
  readonly address?: readonly [line: string, city: string, postalCode: string] | null
  readonly multiple?: number | boolean | null
}

export function toPatient({ family, given, birth, sex, id, phone, email, address, multiple }: Facts): object {
  const telecom = [...(phone ? [{ system: 'phone', value: phone }] : []), ...(email ? [{ system: 'email', value: email }] : [])]
  const name = { ...(family ? { family } : {}), ...(given ? { given } : {}) }
  return {
    resourceType: 'Patient',
    ...(id ? { identifier: [identifier(id)] } : {}),
    ...(Object.keys(name).length > 0 ? { name: [name] } : {}),
    ...(telecom.length > 0 ? { telecom } : {}),
    ...(sex ? { gender: sex } : {}),
    ...(birth ? { birthDate: birth } : {}),
    ...(address ? { address: [{ line: [address[0]], city: address[1], postalCode: address[2] }] } : {}),
    ...(typeof multiple === 'number' ? { multipleBirthInteger: multiple } : {}),
    ...(typeof multiple === 'boolean' ? { multipleBirthBoolean: multiple } : {})
  }
}

/** `system|value`, `TYPE system|value` */
function identifier(text: string): object {
  const [, type, system, value] = /^(?:([A-Z]+) )?([^|]*)\|(.*)$/.exec(text) ?? []
  const coding = { system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: type }
  return { ...(type === undefined ? {} : { type: { coding: [coding] } }), system, value }
}
