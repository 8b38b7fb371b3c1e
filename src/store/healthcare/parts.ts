/** What the parts of a Cloud Healthcare API store work with. */
import type { GoogleSettings } from '../../config-google.js'
import type { Objects } from '../../files/objects.js'
import type { AuditedWrites } from './audit-writes.js'
import type { Caller } from './caller.js'
import type { StoreFacts } from './facts.js'

export interface HealthcareParts {
  readonly caller: Caller
  readonly google: GoogleSettings
  /** Small values that all processes of the service share: claims, notes, the audit log. Names of each part begin with a folder of its own. */
  readonly objects: Objects | undefined
  /** Puts writes into the audit log; undefined: nothing is audited. */
  readonly audit: AuditedWrites | undefined
  /** The settings of the store at Google. */
  readonly facts: StoreFacts
  /** Seconds a search may take. */
  readonly searchSeconds: number
  /** Tells the listeners of this process what was written. */
  readonly wrote: (types: ReadonlySet<string>) => void
}
