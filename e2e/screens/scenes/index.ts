import { audit } from './audit.ts'
import { bot } from './bot.ts'
import { chat } from './chat.ts'
import { emoji } from './emoji.ts'
import { markdown } from './markdown.ts'
import { presenceCalendar } from './presence-calendar.ts'
import { slowMode } from './slow-mode.ts'

export const scenes = [chat, audit, bot, emoji, markdown, presenceCalendar, slowMode]
