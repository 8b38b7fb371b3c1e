/** Parameters resources as answers of operations (R4 parameters.html). */

export interface ParameterPart {
  readonly name: string
  readonly part?: readonly ParameterPart[]
  readonly [value: string]: unknown
}

export interface Parameters {
  readonly resourceType: 'Parameters'
  readonly parameter: readonly ParameterPart[]
}

export function parametersOf(parts: readonly ParameterPart[]): Parameters {
  return { resourceType: 'Parameters', parameter: parts }
}

/** One parameter with a value: type is that of the value, with a capital (`String`, `Code`). Undefined values give nothing. */
export function part(name: string, type: string, value: unknown): ParameterPart[] {
  return value === undefined ? [] : [{ name, [`value${type}`]: value }]
}
