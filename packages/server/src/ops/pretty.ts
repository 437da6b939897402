import type { DestinationStream } from 'pino'
import pretty from 'pino-pretty'

/** One short line an event for a person at a terminal. */
export function pinoPretty(): DestinationStream {
  return pretty({
    ignore: 'pid,hostname',
    translateTime: 'SYS:HH:MM:ss',
    singleLine: true,
    sync: true,
  })
}
