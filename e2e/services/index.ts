export { servicesMissing } from './java-program.ts'
export { type KafkaOptions, startKafka } from './kafka.ts'
export { startMongo } from './mongo.ts'
export { type Registry, type RegistryOptions, startRegistry } from './registry.ts'
export { type SecureKafka, startSecureKafka } from './secure-kafka.ts'
export { freePorts, runningIn, type Service } from './service-process.ts'
export {
  describeWithServices,
  servicesFolderVariable,
  sharedKafka,
  sharedMongo,
  stopSharedServices,
} from './shared.ts'
