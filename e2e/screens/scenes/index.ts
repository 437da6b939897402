import { chat } from './chat.ts'
import { emoji } from './emoji.ts'
import { markdown } from './markdown.ts'
import { slowMode } from './slow-mode.ts'

export const scenes = [chat, emoji, markdown, slowMode]
