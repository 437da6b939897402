export type { ChatExtensions, ExtensionsFor, PluginEvents, RunChatOptions } from './chat-options.ts'
export { runChat } from './run-chat.ts'
