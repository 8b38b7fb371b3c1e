/** What a FHIR method of the API knows beside what every FHIR handler does. */
import type { FhirStoreSettings } from '../../../twin/settings.js'
import type { FhirContext, Handler, Interaction, Route } from '../../fhir/interaction.js'

export interface MethodContext extends FhirContext {
  readonly settings: FhirStoreSettings
  /** Milliseconds before a write shows in searches. */
  readonly lag: number
  /** Of the software. */
  readonly version: string
}

/** A method of `projects.locations.datasets.fhirStores.fhir`, or several that have one handler. Routes: below `fhir`. */
export interface Method {
  readonly code: Interaction['code'] | `$${string}`
  readonly routes: readonly Route[]
  readonly handler: (context: MethodContext) => Handler
}
