/** Every FHIR interaction and operation that works on resources. Routes, CapabilityStatement and API description are made from these tables. */
import { batch } from './batch.js'
import { create } from './create.js'
import { remove } from './delete.js'
import { historyInstance, historySystem, historyType } from './history.js'
import type { Interaction, Operation } from './interaction.js'
import { encounterEverything, patientEverything } from './operations/everything.js'
import { expand } from './operations/expand.js'
import { lastn } from './operations/lastn.js'
import { lookup } from './operations/lookup.js'
import { match } from './operations/match.js'
import { meta } from './operations/meta.js'
import { metaAdd } from './operations/meta-add.js'
import { metaDelete } from './operations/meta-delete.js'
import { searchParameterStatus } from './operations/search-parameter-status.js'
import { subsumes } from './operations/subsumes.js'
import { translate } from './operations/translate.js'
import { validate } from './operations/validate.js'
import { validateCodeInCodeSystem, validateCodeInValueSet } from './operations/validate-code.js'
import { patch } from './patch.js'
import { read } from './read.js'
import { searchCompartment } from './search-compartment.js'
import { searchSystem } from './search-system.js'
import { searchType } from './search-type.js'
import { transaction } from './transaction.js'
import { update } from './update.js'
import { vread } from './vread.js'

export const INTERACTIONS: readonly Interaction[] = [
  read,
  vread,
  update,
  patch,
  remove,
  create,
  historyInstance,
  historyType,
  historySystem,
  searchType,
  searchCompartment,
  searchSystem,
  transaction,
  batch
]

export const OPERATIONS: readonly Operation[] = [
  validate,
  patientEverything,
  encounterEverything,
  searchParameterStatus,
  lastn,
  meta,
  metaAdd,
  metaDelete,
  expand,
  validateCodeInValueSet,
  validateCodeInCodeSystem,
  lookup,
  subsumes,
  translate,
  match
]
