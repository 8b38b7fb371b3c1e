import t from 'tap'
import { openSqlite } from './open-sqlite.js'
import { repositorySearchContract } from './repository.js'

repositorySearchContract(t, openSqlite)
