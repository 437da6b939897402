/** What a submitted line is: text, a slash command, or text that begins with a slash (`//…`). */
export type Entered =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'command'; readonly name: string; readonly rest: string }

export function parseEntered(line: string): Entered {
  if (line.startsWith('//')) return { kind: 'text', text: line.slice(1) }
  const command = /^\/([\p{L}\p{N}_-]*)(?:\s+([\s\S]*))?$/u.exec(line)
  if (!line.startsWith('/') || line.includes('\n')) return { kind: 'text', text: line }
  if (!command) return { kind: 'command', name: line.slice(1).split(/\s/)[0] ?? '', rest: '' }
  return {
    kind: 'command',
    name: (command[1] ?? '').toLowerCase(),
    rest: (command[2] ?? '').trim(),
  }
}
