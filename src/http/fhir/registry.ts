/** Every FHIR interaction that works on resources. Routes, CapabilityStatement and API description are made from this table. */
import { create } from './create.js'
import { remove } from './delete.js'
import type { Interaction } from './interaction.js'
import { read } from './read.js'
import { searchType } from './search-type.js'
import { update } from './update.js'
import { vread } from './vread.js'

export const INTERACTIONS: readonly Interaction[] = [read, vread, update, remove, create, searchType]
