/**
 * How much memory the threads of a server may let lie. V8 lets the young objects of every thread grow to 48 MB before it looks which of them are still
 * in use; with five threads that was half of the server's memory. At 6 MB searches and writes are as fast as before.
 */
export const WORKER_MEMORY = { maxYoungGenerationSizeMb: 6 } as const
