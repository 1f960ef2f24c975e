import { existsSync } from 'node:fs'

/** Where Debian's package libfaketime puts it; LIBFAKETIME names another place. */
const library = [process.env['LIBFAKETIME'], '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1', '/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1']
  .find((path) => path !== undefined && existsSync(path))

/** Why clocks cannot be changed here, or false. */
export function lacksFakeClock (): string | false {
  return library === undefined ? 'needs libfaketime (Debian: apt-get install libfaketime)' : false
}

/**
 * Has a process read the time of day from `file` (setClock), within a second of each change. What it measures durations with stays as it is, as when
 * the clock of a machine is set.
 */
export function fakeClock (file: string): Record<string, string> {
  return { LD_PRELOAD: library!, FAKETIME_TIMESTAMP_FILE: file, FAKETIME_CACHE_DURATION: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1', NO_FAKE_STAT: '1' }
}
