import { brokerFaultRules } from '@secure-chat/e2e/kafka-rules'
import { openForRules } from './open-test-queue.ts'

brokerFaultRules(openForRules)
