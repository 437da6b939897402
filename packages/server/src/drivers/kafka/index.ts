export type { KafkaAccess, KafkaTopics } from './options.ts'
export { type KafkaQueueOptions, openKafkaTopicsQueue } from './topics/open-queue.ts'
