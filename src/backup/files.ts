/** The media files, as a backup reads and writes them: a part of the port files/. */

export interface FileSource {
  list(): AsyncIterable<{ readonly key: string; readonly size: number }>
  /** Throws when the file is gone. */
  open(key: string): Promise<AsyncIterable<Buffer>>
}

export interface FileSink {
  put(key: string, content: AsyncIterable<Uint8Array>): Promise<number>
}
