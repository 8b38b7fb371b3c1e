/** A hundred answers to one question at once, from two processes: one is accepted, and all others are told who answered, and when. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Test } from 'tap'
import type { Principal } from '#wardbridge/service/contract.js'
import { openService, type ServiceOptions } from '#wardbridge/service/service.js'

const admin: Principal = { subject: 'admin', role: 'administrator' }
const ann: Principal = { subject: 'ann', role: 'patient', fhirUser: 'Patient/ann' }
const TIMES = 50

/** options: of services over one store; those of the other processes are opened with the same. */
export async function answersAtOnce(t: Test, options: ServiceOptions): Promise<void> {
  const service = await openService(options)
  t.teardown(() => service.close())
  const put = (resource: { resourceType: string; id: string }) =>
    service.update(admin, resource.resourceType, resource.id, JSON.stringify(resource))
  await put({ resourceType: 'Practitioner', id: 'house' })
  await put({ resourceType: 'Patient', id: 'ann', generalPractitioner: [{ reference: 'Practitioner/house' }] } as never)
  const category = [{ coding: [{ system: 'https://fhir.wardbridge.dev/CodeSystem/communication-category', code: 'question' }] }]
  const text = {
    resourceType: 'Communication',
    status: 'completed',
    category,
    subject: { reference: 'Patient/ann' },
    payload: [{ contentString: '?' }]
  }
  const { id } = await service.create(ann, 'Communication', JSON.stringify(text))

  const script = new URL('./answering.js', import.meta.url).pathname
  const children = [1, 2].map(() =>
    spawn(process.execPath, [script, JSON.stringify(options), id, String(TIMES)], { stdio: ['pipe', 'pipe', 'inherit'] })
  )
  const lines = children.map((child: ChildProcess) => createInterface({ input: child.stdout! })[Symbol.asyncIterator]())
  for (const own of lines) t.equal((await own.next()).value, 'ready')
  for (const child of children) child.stdin!.write('go\n')
  const told: string[] = []
  for (const own of lines) told.push(...(JSON.parse((await own.next()).value) as string[]))

  t.equal(told.length, 2 * TIMES)
  t.equal(told.filter((one) => one === 'accepted').length, 1)
  const stored = JSON.parse((await service.read(admin, 'Task', (await service.counts(admin))['Task'] === 1 ? await onlyTask() : '')).body)
  const answer = JSON.parse((await service.read(admin, 'Communication', stored.output[0].valueReference.reference.split('/')[1])).body)
  t.strictSame([...new Set(told.filter((one) => one !== 'accepted'))], [`thread.answered Practitioner/house ${answer.sent}`])
  t.equal(stored.status, 'completed')
  t.equal((await service.counts(admin))['Communication'], 3)

  async function onlyTask(): Promise<string> {
    for await (const { id } of service.each(admin, 'Task')) return id
    return ''
  }
}
