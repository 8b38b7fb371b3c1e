import t from 'tap'
import { openSqlite } from './open-sqlite.js'
import { repositoryContract } from './repository.js'

repositoryContract(t, openSqlite)
