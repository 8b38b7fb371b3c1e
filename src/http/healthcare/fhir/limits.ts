/** Limits of the Cloud Healthcare API, in bytes. */

/** Of a request of executeBundle. */
export const BUNDLE_LIMIT = 50 << 20
/** Of a resource. */
export const RESOURCE_LIMIT = 10 << 20
