/** For what has to be known before a command parses its flags, or when that fails. */

export function hasFlag(argv: readonly string[], flag: string): boolean {
  return beforeArguments(argv).includes(flag)
}

export function flagValue(argv: readonly string[], flag: string): string | undefined {
  const words = beforeArguments(argv)
  const at = words.indexOf(flag)
  const joint = words.find((word) => word.startsWith(`${flag}=`))
  return at === -1 ? joint?.slice(flag.length + 1) : words[at + 1]
}

/** What follows `--` is no flag, whatever it looks like. */
function beforeArguments(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf('--')
  return end === -1 ? argv : argv.slice(0, end)
}
