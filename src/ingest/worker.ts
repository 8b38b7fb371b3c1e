/** A worker thread of a load: parses blocks, maps rows, takes Bundles apart, and hands the resources to its sink. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { compilePack } from '../mapping/index.js'
import { FhirTasks } from './fhir-tasks.js'
import { type Answer, threadError } from './pool.js'
import type { Results, Task, WorkerSetup } from './protocol.js'
import { RowTasks } from './row-tasks.js'
import { Division } from './shard.js'
import { openSink } from './worker-sink.js'

async function main(port: MessagePort, { pack: model, compile, sink: sinkSetup, shard }: WorkerSetup): Promise<void> {
  const secret = compile.idSecret === undefined ? undefined : Buffer.from(compile.idSecret)
  const pack = compilePack(model, secret === undefined ? compile : { ...compile, idSecret: secret })
  const sink = await openSink(sinkSetup)
  const division = new Division(shard)
  const rows = new RowTasks(pack, sink, division)
  const fhir = new FhirTasks(compile.source, pack.public ? undefined : secret, sink, division)

  async function answer(task: Task): Promise<Results[Task['kind']]> {
    switch (task.kind) {
      case 'dictionary':
        pack.setDictionary(task.table, task.rows)
        return undefined
      case 'merged-values':
        rows.mergedValues = task.file
        return undefined
      case 'contribute':
        return rows.contribute(task)
      case 'rows':
        return rows.map(task)
      case 'names':
        return rows.names(task)
      case 'cells':
        return rows.mapCells(task.table, task.rows)
      case 'stage':
        return fhir.stage(task.resources)
      case 'fhir-known':
        fhir.know(task)
        return undefined
      case 'fhir-scan':
        return fhir.scan(task)
      case 'fhir-identifiers':
        return fhir.identifiers(task)
      case 'fhir-load':
        return fhir.load(task)
    }
  }

  port.on('message', (task: Task) => {
    answer(task).then(
      (result) => port.postMessage({ result } satisfies Answer, buffersOf(result)),
      (error: unknown) => port.postMessage({ error: threadError(error) } satisfies Answer)
    )
  })
}

/** The buffers of a result that are handed over instead of being copied. */
function buffersOf(result: Results[Task['kind']]): ArrayBuffer[] {
  if (result === undefined || Array.isArray(result)) return []
  const outputs = 'outputs' in result ? (result as Results['rows' | 'stage' | 'fhir-load']).outputs : []
  const buffers = outputs.flatMap((output) => (output.kind === 'ndjson' ? [output.resources.bytes.buffer] : []))
  return 'block' in result ? [...buffers, result.block.bytes.buffer] : buffers
}

if (parentPort !== null) await main(parentPort, workerData as WorkerSetup)
