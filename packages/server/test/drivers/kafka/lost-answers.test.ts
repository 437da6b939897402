import { lostAnswerRules } from '@secure-chat/e2e/kafka-rules'
import { openForRules } from './open-test-queue.ts'

lostAnswerRules(openForRules)
