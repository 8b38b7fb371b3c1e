/** The thread that evaluates FHIRPath of uploaded search parameters; see evaluator.ts. */
import { workerData } from 'node:worker_threads'
import { compileExpression, type TypedValue } from '../../fhir/search-fhirpath.js'
import type { EvaluatorData, EvaluatorRequest } from './evaluator.js'

const { port, flag } = workerData as EvaluatorData
const compiled = new Map<string, ReturnType<typeof compileExpression>>()

function answer({ expression, resource }: EvaluatorRequest): TypedValue[] {
  try {
    let run = compiled.get(expression)
    if (run === undefined) {
      run = compileExpression(expression)
      compiled.set(expression, run)
    }
    return run(resource)
  } catch {
    return []
  }
}

function wake(): void {
  Atomics.store(flag, 0, 1)
  Atomics.notify(flag, 0)
}

port.on('message', (request: EvaluatorRequest) => {
  port.postMessage(answer(request))
  wake()
})
// Loading takes longer than an expression may: it is done before anybody waits.
answer({ expression: 'Patient.id', resource: { resourceType: 'Patient' } })
wake()
