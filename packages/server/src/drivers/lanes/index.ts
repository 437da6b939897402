export { type LanesQueue, type LanesQueueOptions, openLanesQueue } from './open-queue.ts'
