/** How the program names itself to servers. */
export function userAgentOf(version: string): string {
  return `secure-chat/${version} ${process.platform}-${process.arch} node-${process.version}`
}
