/** A process that answers one question many times at once: arguments are the options of the service (JSON), the question and how often. Prints what came of each answer. */
import type { Principal } from '#wardbridge/service/contract.js'
import { openService, type ServiceOptions } from '#wardbridge/service/service.js'

const [options = '{}', question = '', times = '0'] = process.argv.slice(2)
const who: Principal = { subject: 'house', role: 'physician', fhirUser: 'Practitioner/house' }
const service = await openService(JSON.parse(options) as ServiceOptions)
await service.read({ subject: 'test', role: 'system' }, 'Communication', question)
process.stdout.write('ready\n')
await new Promise((resolve) => process.stdin.once('data', resolve))
const answers = await Promise.allSettled(
  Array.from({ length: Number(times) }, (_, n) =>
    service.create(
      who,
      'Communication',
      JSON.stringify({
        resourceType: 'Communication',
        status: 'completed',
        category: [{ coding: [{ system: 'https://fhir.wardbridge.dev/CodeSystem/communication-category', code: 'answer' }] }],
        inResponseTo: [{ reference: `Communication/${question}` }],
        payload: [{ contentString: `${process.pid} ${n}` }]
      })
    )
  )
)
const told = answers.map((one) =>
  one.status === 'fulfilled' ? 'accepted' : `${one.reason.code} ${one.reason.params?.who} ${one.reason.params?.when}`
)
process.stdout.write(`${JSON.stringify(told)}\n`)
await service.close()
process.exit()
