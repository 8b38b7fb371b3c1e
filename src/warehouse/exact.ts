/** Numbers that keep the digits they were written with, for resources that stay JSON text (contained ones). */
import type { JsonNode } from '../fhir/json.js'

export class Exact {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  /** In a column it is a number like any other. */
  toJSON(): number {
    return Number(this.text)
  }
}

/** A node as a plain value, numbers as Exact. */
export function exactly(node: JsonNode): unknown {
  switch (node.kind) {
    case 'object':
      return Object.fromEntries(node.members.map(({ name, value }) => [name, exactly(value)]))
    case 'array':
      return node.items.map(exactly)
    case 'number':
      return new Exact(node.text)
    default:
      return node.value
  }
}

/** JSON text of a value, with the digits of Exact numbers. */
export function writeExactly(value: unknown): string {
  if (value instanceof Exact) return value.text
  if (Array.isArray(value)) return `[${value.map(writeExactly).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).map(([name, one]) => `${JSON.stringify(name)}:${writeExactly(one)}`)
  return `{${members.join(',')}}`
}
