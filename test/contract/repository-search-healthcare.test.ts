import t from 'tap'
import { healthcareStores } from './open-healthcare.js'
import { repositorySearchContract } from './repository.js'

repositorySearchContract(t, await healthcareStores(t))
