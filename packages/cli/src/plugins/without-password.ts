/** An address that may be shown: a token in it stays with npm and the list of plugins. */
export function withoutPassword(address: string): string {
  return address.replace(/(:\/\/)[^/?#\s]*@/g, '$1********@')
}
