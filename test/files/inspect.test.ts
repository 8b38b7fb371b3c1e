/** Contents told by their first bytes. */
import { createHash } from 'node:crypto'
import t from 'tap'
import { Inspection } from '#wardbridge/files/inspect.js'

const bytes = (...parts: ReadonlyArray<string | readonly number[]>) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part))))

const CONTENTS: Readonly<Record<string, Buffer>> = {
  'image/jpeg': bytes([0xff, 0xd8, 0xff, 0xe0, 0, 16], 'JFIF\0'),
  'image/gif': bytes('GIF89a', [1, 0, 1, 0, 0, 0, 0]),
  'image/webp': bytes('RIFF', [4, 0, 0, 0], 'WEBPVP8 '),
  'video/mp4': bytes([0, 0, 0, 24], 'ftypisom', [0, 0, 2, 0], 'isomiso2'),
  'video/webm': bytes([0x1a, 0x45, 0xdf, 0xa3, 0x87, 0x42, 0x82, 0x84], 'webm'),
  'video/quicktime': bytes([0, 0, 0, 20], 'ftypqt  ', [0, 0, 0, 0]),
  'application/pdf': bytes('%PDF-1.7\n%%EOF')
}

const inspect = async (content: Buffer, { declared = '', limit = 1000, step = 7 } = {}) => {
  const source = async function* () {
    for (let at = 0; at < content.length; at += step) yield content.subarray(at, at + step)
  }
  const inspection = new Inspection(source(), { declared, limit })
  const out: Uint8Array[] = []
  for await (const chunk of inspection) out.push(chunk)
  return { ...inspection.result, out: Buffer.concat(out) }
}

t.test('types that are taken', async (t) => {
  for (const [type, content] of Object.entries(CONTENTS)) {
    for (const declared of ['', 'application/octet-stream', type, `${type.toUpperCase()}; charset=binary`]) {
      const found = await inspect(content, { declared })
      t.equal(found.contentType, type, `${type} as ${declared}`)
      t.strictSame(found.out, content)
      t.equal(found.size, content.length)
      t.equal(found.sha1, createHash('sha1').update(content).digest('base64'))
      t.strictSame(found.sha256, createHash('sha256').update(content).digest())
    }
    await t.rejects(inspect(content, { declared: 'image/png' }), { code: 'media.mismatch' }, type)
  }
  t.equal((await inspect(CONTENTS['image/jpeg']!, { declared: 'image/jpg' })).contentType, 'image/jpeg')
})

t.test('what a browser may run, or nobody knows, is not taken, whatever it is said to be', async (t) => {
  for (const text of [
    '<!DOCTYPE html><script>1</script>',
    '<html>',
    '<svg xmlns="http://www.w3.org/2000/svg"/>',
    '<?xml version="1.0"?><svg/>',
    'hello',
    'PK\x03\x04',
    'MZ\x90\0',
    '\0'.repeat(100)
  ])
    for (const declared of ['', 'image/png', 'image/svg+xml', 'text/html'])
      await t.rejects(inspect(bytes(text), { declared }), { code: 'media.type', status: 415 }, `${text.slice(0, 20)} as ${declared}`)
})

t.test('sizes', async (t) => {
  await t.rejects(inspect(Buffer.alloc(0)), { code: 'media.empty' })
  const large = Buffer.concat([CONTENTS['application/pdf']!, Buffer.alloc(10_000)])
  t.equal((await inspect(large, { limit: large.length, step: 4096 })).size, large.length)
  await t.rejects(inspect(large, { limit: large.length - 1 }), { code: 'media.too-large', status: 413 })
})
