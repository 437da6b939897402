/** What every queue on Kafka is held to beside the suite of the testing kit, as tests of the file that calls them. */
export { brokerFaultRules } from './broker-faults.ts'
export { lostAnswerRules } from './lost-answers.ts'
export type { Heard, OpenQueue } from './open-queue.ts'
export { type Others, othersAt, topicOf } from './others.ts'
export { foreignRecordRules } from './records-of-others.ts'
export { severalNodesRules } from './several-nodes.ts'
