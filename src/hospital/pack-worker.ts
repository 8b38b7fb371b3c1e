/** Reads and checks a mapping pack off the main thread: it takes most of a second. */
import { parentPort, workerData } from 'node:worker_threads'
import { WardbridgeError } from '../errors.js'
import { readPack } from '../files/packs.js'
import { loadPack } from '../mapping/index.js'

try {
  parentPort?.postMessage({ model: loadPack(await readPack(workerData as string)) })
} catch (error) {
  parentPort?.postMessage({ reason: error instanceof WardbridgeError ? error.message : String(error) })
}
