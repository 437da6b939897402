export type { ChatExtensions } from './chat-session.ts'
export { type RunChatOptions, runChat } from './run-chat.ts'
