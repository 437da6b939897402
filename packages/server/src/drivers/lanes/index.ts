export { type LanesQueue, openLanesQueue } from './open-queue.ts'
