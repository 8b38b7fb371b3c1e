/** Preloaded into a server that is measured: tells its event-loop delay, or its memory in bytes, over the IPC channel. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { isMainThread } from 'node:worker_threads'

if (isMainThread && process.send !== undefined) {
  const histogram = monitorEventLoopDelay({ resolution: 1 })
  histogram.enable()
  process.on('message', (question) => {
    if (question === 'memory') return process.send(process.memoryUsage.rss())
    const ms = (nanoseconds) => nanoseconds / 1e6
    process.send({ mean: ms(histogram.mean), p99: ms(histogram.percentile(99)), max: ms(histogram.max) })
    histogram.reset()
  })
  process.channel.unref()
}
