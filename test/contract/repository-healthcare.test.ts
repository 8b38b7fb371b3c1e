import t from 'tap'
import { healthcareStores } from './open-healthcare.js'
import { repositoryContract } from './repository.js'

repositoryContract(t, await healthcareStores(t))
