import { fail } from '../../errors.js'
import type { Expectation, Write, WriteResult } from '../repository.js'

export class Commits {
  async commit(_writes: readonly Write[], _expectations: readonly Expectation[]): Promise<WriteResult[]> {
    throw fail('not-supported', { what: 'Writing' })
  }
}
