import { brokerFaultRules } from '@secure-chat/e2e/broker-fault-rules'
import { openTestQueue } from './open-test-queue.ts'

brokerFaultRules(({ address }) => openTestQueue(address))
