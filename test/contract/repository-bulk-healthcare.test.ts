import t from 'tap'
import { importingStores } from './open-healthcare.js'
import { bulkContract } from './repository-bulk.js'

bulkContract(t, await importingStores(t))
