/** Clients. Sessions and tokens of one that was removed are over because it is not there: ids are never given again. */
import type { Client, Clients } from '../clients.js'
import type { Records } from './records.js'
import type { Ended } from './sessions.js'

export function openClients(records: Records, ended: Ended): Clients {
  const nameOf = (id: string) => records.name('clients', id)
  return {
    async add(client) {
      await records.put(nameOf(client.id), client)
    },
    get: (id) => records.get<Client>(nameOf(id)),
    async list() {
      const all: Client[] = []
      for await (const { value } of records.all<Client>('clients')) all.push(value)
      return all.sort((a, b) => Buffer.compare(keyOf(a), keyOf(b)))
    },
    async remove(id) {
      const known = await records.delete(nameOf(id))
      if (known) ended()
      return known
    }
  }
}

function keyOf({ name, id }: Client): Buffer {
  return Buffer.from(`${name}\0${id}`)
}
