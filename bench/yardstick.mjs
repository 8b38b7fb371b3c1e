/** Fastify sending the same bytes from memory to whoever asks, whatever the address. First argument: the bytes. */
import fastify from 'fastify'

const bytes = Buffer.from(process.argv[2])
const app = fastify()
app.get('/*', (_request, reply) => reply.header('content-type', 'application/fhir+json; charset=utf-8').send(bytes))
await app.listen({ host: '127.0.0.1', port: 18081 })
