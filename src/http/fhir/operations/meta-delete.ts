/** $meta-delete (R4 resource-operation-meta-delete.html): takes profiles, tags and security labels from a resource. */
import { metaChange } from './meta-change.js'

export const metaDelete = metaChange('delete', 'Take profiles, tags and security labels from a resource')
