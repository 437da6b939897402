export type {
  Answer,
  Bot,
  BotCommand,
  BotHandle,
  BotMessage,
  BotState,
  MessageHandler,
} from './bot.ts'
export { defineBot } from './define-bot.ts'
