import type { Method } from './method.js'
export const TRANSFER_METHODS: readonly Method[] = []
