import t from 'tap'
import { openHealthcare } from './open-healthcare.js'
import { repositoryContract } from './repository.js'

repositoryContract(t, openHealthcare)
