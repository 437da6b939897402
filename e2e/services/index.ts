export { servicesMissing } from './java-program.ts'
export { type KafkaOptions, startKafka } from './kafka.ts'
export { startMongo } from './mongo.ts'
export { freePorts, runningIn, type Service } from './service-process.ts'
export {
  describeWithServices,
  servicesFolderVariable,
  sharedKafka,
  sharedMongo,
  stopSharedServices,
} from './shared.ts'
