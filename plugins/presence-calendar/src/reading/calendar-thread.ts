/** Runs in a thread of its own: node-ical works through whatever somebody wrote into a calendar. */
import { parentPort } from 'node:worker_threads'
import { type ReadCalendarOptions, readCalendar } from './read-calendar.ts'

parentPort?.on('message', ({ text, options }: { text: string; options: ReadCalendarOptions }) => {
  try {
    parentPort?.postMessage({ reading: readCalendar(text, options) })
  } catch (error) {
    parentPort?.postMessage({ why: error instanceof Error ? error.message : 'unknown' })
  }
})
