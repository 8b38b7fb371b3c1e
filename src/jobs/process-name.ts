/** Names of processes, so that a run whose process is dead is not waited for until its lease has passed. */
import { readFileSync, readlinkSync } from 'node:fs'

/**
 * This process: start of the machine, namespace of process ids (a container has its own), id, and when it was started, as ids are used again. Where the
 * system does not tell (no /proc), the id alone, about which isGone says nothing.
 */
export const PROCESS_NAME: string = nameOf(process.pid) ?? String(process.pid)

/** True when a process of this machine, in this namespace, is known to be there no more. */
export function isGone(name: string): boolean {
  const [boot, space, pid, ...rest] = name.split('/')
  const [ownBoot, ownSpace] = PROCESS_NAME.split('/')
  if (rest.length !== 1 || boot !== ownBoot || space !== ownSpace) return false
  return nameOf(Number(pid)) !== name
}

function nameOf(pid: number): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    const space = readlinkSync('/proc/self/ns/pid').replace(/\D/g, '')
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name of the program, in brackets, may hold anything; after it the state is the first field, the start the twentieth.
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return state === 'Z' || state === 'X' ? undefined : `${boot}/${space}/${pid}/${fields[18]}`
  } catch {
    return undefined
  }
}
