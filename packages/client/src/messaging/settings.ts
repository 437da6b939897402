import { ChatError } from '@secure-chat/protocol'
import type { StateStore } from './state-store.ts'

/** Settings that belong to the account's data. */
export type Settings = {
  get(name: SettingName): string
  /** @throws ChatError `usage` for a name or value there is none of */
  set(name: SettingName, value: string): void
  all(): Record<SettingName, string>
}

/** Their values, the default first. */
const known = {
  /** Tell senders what was delivered and read. */
  receipts: ['off', 'on'],
} as const

/** What an account can be set to. */
export type SettingName = keyof typeof known

export function makeSettings(state: StateStore): Settings {
  const get = (name: SettingName): string => state.get(`setting/${name}`) ?? known[name][0]
  return {
    get,
    set(name, value) {
      if (!Object.hasOwn(known, name)) {
        throw new ChatError('usage', `There is no setting ${name}. Settings: receipts.`)
      }
      const values: readonly string[] = known[name]
      if (!values.includes(value)) {
        throw new ChatError('usage', `${name} is one of: ${values.join(', ')}.`)
      }
      state.set(`setting/${name}`, value)
    },
    all: () => ({ receipts: get('receipts') }),
  }
}
