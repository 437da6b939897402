/** `/remind 20m tea` brings "tea" back in twenty minutes, also when the bot was not running meanwhile. */
import { type BotHandle, type BotMessage, defineBot } from 'secure-chat-plugin-bot'

interface Reminder {
  at: number
  to: string
  text: string
}

const unitMs: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

export default defineBot({
  describe: 'I remind you of things.',
  commands: {
    '/remind': { describe: 'as in /remind 20m tea', run: remember },
    '/list': { describe: 'what is still to come', run: list },
  },
  every: { '5s': tell },
})

function remember({ from, id, rest }: BotMessage, bot: BotHandle): string {
  const [, count, unit, text] = /^(\d{1,4})\s*([smhd])\s+(.+)$/s.exec(rest) ?? []
  if (count === undefined || unit === undefined || text === undefined) {
    return 'Like this: /remind 20m tea'
  }
  const reminder: Reminder = {
    at: Date.now() + Number(count) * (unitMs[unit] ?? 0),
    to: from,
    text,
  }
  // Under the id of the message: if the bot is killed here and asked again, it is still one.
  bot.state.set(`reminder/${from}/${id}`, reminder)
  return `I will, in ${count}${unit}.`
}

function list({ from }: BotMessage, bot: BotHandle): string {
  const lines = bot.state
    .keys(`reminder/${from}/`)
    .flatMap((key) => bot.state.get<Reminder>(key) ?? [])
    .sort((a, b) => a.at - b.at)
    .map(
      ({ at, text }) => `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC: ${text}`,
    )
  return lines.length === 0 ? 'Nothing.' : lines.join('\n')
}

async function tell(bot: BotHandle): Promise<void> {
  for (const key of bot.state.keys('reminder/')) {
    const reminder = bot.state.get<Reminder>(key)
    if (reminder === undefined || reminder.at > Date.now()) continue
    await bot.send(reminder.to, `Reminder: ${reminder.text}`)
    // After it was sent: killed in between, the bot reminds twice rather than never.
    bot.state.set(key, undefined)
  }
}
