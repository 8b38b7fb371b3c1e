/** $meta-add (R4 resource-operation-meta-add.html): adds profiles, tags and security labels to a resource. */
import { metaChange } from './meta-change.js'

export const metaAdd = metaChange('add', 'Add profiles, tags and security labels to a resource')
