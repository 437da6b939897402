export type { ChatExtensions, RunChatOptions } from './chat-options.ts'
export { runChat } from './run-chat.ts'
