/** The one place that reads the environment; everything else gets this value. */
export type Environment = {
  readonly profile: string | undefined
  readonly server: string | undefined
  readonly passwordFile: string | undefined
  readonly passphraseFile: string | undefined
  /** Lines only, words instead of signs: SECURE_CHAT_PLAIN or TERM=dumb. */
  readonly isPlain: boolean
  /** What NO_COLOR, FORCE_COLOR and TERM ask for; `auto` leaves it to the stream. */
  readonly colour: 'always' | 'never' | 'auto'
  readonly pager: string | undefined
  readonly editor: string | undefined
  /** For what must not outlive the login session; unset in cron and containers. */
  readonly runtimeDir: string | undefined
  /** Where plugins come from, instead of npm's own setting. */
  readonly npmRegistry: string | undefined
  readonly cacheHome: string | undefined
  /** Where data lies, this program's alone or everybody's. */
  readonly dataDir: string | undefined
  readonly dataHome: string | undefined
  /** Started by `npx` (npm exec), which finds the program where the shell may not. */
  readonly isNpx: boolean
  readonly proxy: {
    readonly HTTP_PROXY: string | undefined
    readonly HTTPS_PROXY: string | undefined
    readonly NO_PROXY: string | undefined
  }
}

type Variables = Readonly<Record<string, string | undefined>>

export function readEnvironment(variables: Variables = process.env): Environment {
  const value = (name: string) => variables[name] || undefined
  const isWindows = process.platform === 'win32'
  return {
    profile: value('SECURE_CHAT_PROFILE'),
    server: value('SECURE_CHAT_SERVER'),
    passwordFile: value('SECURE_CHAT_PASSWORD_FILE'),
    passphraseFile: value('SECURE_CHAT_PASSPHRASE_FILE'),
    isPlain: isOn(variables.SECURE_CHAT_PLAIN) || variables.TERM === 'dumb',
    colour: colourWish(variables),
    pager: variables.SECURE_CHAT_PAGER ?? variables.PAGER,
    editor: value('VISUAL') ?? value('EDITOR'),
    runtimeDir: value('XDG_RUNTIME_DIR'),
    npmRegistry: value('SECURE_CHAT_NPM_REGISTRY'),
    cacheHome: value('XDG_CACHE_HOME'),
    dataDir: value('SECURE_CHAT_DATA_DIR'),
    dataHome: value('XDG_DATA_HOME') ?? (isWindows ? value('LOCALAPPDATA') : undefined),
    isNpx: value('npm_command') === 'exec',
    proxy: {
      HTTP_PROXY: value('http_proxy') ?? value('HTTP_PROXY'),
      HTTPS_PROXY: value('https_proxy') ?? value('HTTPS_PROXY'),
      NO_PROXY: value('no_proxy') ?? value('NO_PROXY'),
    },
  }
}

function isOn(value: string | undefined): boolean {
  return value !== undefined && !['', '0', 'false', 'no', 'off'].includes(value.toLowerCase())
}

/** FORCE_COLOR is the more particular wish, so it wins; NO_COLOR counts when present and not empty (no-color.org). */
function colourWish(variables: Variables): Environment['colour'] {
  const forced = variables.FORCE_COLOR
  if (forced !== undefined) return forced === '0' || forced === 'false' ? 'never' : 'always'
  return variables.NO_COLOR || variables.TERM === 'dumb' ? 'never' : 'auto'
}
