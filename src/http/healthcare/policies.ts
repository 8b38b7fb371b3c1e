/** IAM of datasets and stores: policies are kept and given back; permissions are those of the token's role. */
import { fail } from '../../errors.js'
import { heldPermissions, nextPolicy, policyAnswer, SET_POLICY, TEST_PERMISSIONS } from '../../twin/policy.js'
import { found } from '../../twin/registry.js'
import { DATASET, type Method, STORE } from './method.js'

const methodsOf = (kind: 'datasets' | 'stores', id: string, path: string): readonly Method[] => [
  {
    id: `${id}.getIamPolicy`,
    verb: 'GET',
    path: `${path}:getIamPolicy`,
    query: ['options.requestedPolicyVersion'],
    summary: 'The policy; empty when none was set',
    async handle({ twin, name, query }) {
      return policyAnswer(found(kind, await twin.ledger(), name).policy, query['options.requestedPolicyVersion'])
    }
  },
  {
    id: `${id}.setIamPolicy`,
    verb: 'POST',
    path: `${path}:setIamPolicy`,
    body: SET_POLICY,
    summary: 'Replace the policy; with its etag, only if nobody else did meanwhile',
    async handle({ twin, name, body }) {
      const { policy } = await twin.edit(kind, name, (old) => ({ ...old, policy: nextPolicy(old.policy, body, name) }) as never)
      return policyAnswer(policy)
    }
  },
  {
    id: `${id}.testIamPermissions`,
    verb: 'POST',
    path: `${path}:testIamPermissions`,
    body: TEST_PERMISSIONS,
    summary: 'Which of these permissions the caller has',
    async handle({ twin, who, name, body }) {
      const { [kind]: all } = await twin.ledger()
      // AIP-211: for what is not there nobody has a permission.
      if (!Object.hasOwn(all, name)) throw fail('twin.not-found', { name })
      const permissions = heldPermissions(who, body)
      return permissions.length === 0 ? {} : { permissions }
    }
  }
]

export const POLICY_METHODS: readonly Method[] = [
  ...methodsOf('datasets', 'datasets', DATASET),
  ...methodsOf('stores', 'datasets.fhirStores', STORE)
]
