/** Which hosts are this machine. */

/** True for localhost, 127.0.0.0/8 and ::1 (IPv6 with or without brackets); a port is not part of a host. */
export function isLoopback(host: string): boolean {
  return /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[?::1\]?)$/i.test(host)
}
