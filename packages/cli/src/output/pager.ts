import { spawn } from 'node:child_process'
import { once } from 'node:events'

export type PagerOptions = {
  readonly stream: NodeJS.WriteStream
  /** $PAGER; unset: less, empty or `cat`: none. */
  readonly command: string | undefined
}

/** Shows a text in the user's pager when it is longer than the screen, else writes it. */
export async function page(
  text: string,
  { stream, command = 'less' }: PagerOptions,
): Promise<void> {
  const rows = text.split('\n').length - 1
  if (!stream.isTTY || rows < (stream.rows ?? 24) || command === '' || command === 'cat') {
    stream.write(text)
    return
  }
  if (!(await runPager(text, command))) stream.write(text)
}

/** False when there is no such program: the text must still be seen. */
async function runPager(text: string, command: string): Promise<boolean> {
  // -F quits when it fits, -R passes colours only, -X leaves the text on the screen: as git and gh set it.
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the shell that fills this in
  const settings = process.platform === 'win32' ? '' : 'LESS="${LESS-FRX}" LV="${LV--c}" '
  const child = spawn(settings + command, { shell: true, stdio: ['pipe', 'inherit', 'inherit'] })
  // The reader may leave before the end.
  child.stdin.on('error', () => {})
  child.stdin.end(text)
  const [code] = await once(child, 'exit')
  return code !== 127
}
