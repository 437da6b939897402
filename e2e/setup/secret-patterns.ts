/** What must never stand in a log or an answer, whoever wrote it (ASVS 16.2.5). */
const secretPatterns: readonly RegExp[] = [
  /sk1\.[\w-]{10,}/,
  /scv1\.[\w-]{10,}/,
  /PRIVATE KEY/,
  /\$argon2/,
  /"(?:password|new_password|encrypted_key|session-key)"\s*:\s*"(?!\[secret\])/,
  // A compact JWE or JWS: three or five parts, the first a JSON header.
  /eyJ[\w-]{10,}\.[\w-]*\.[\w-]*/,
]

/** The lines that have one of them. */
export function linesWithSecrets(log: string): string[] {
  return log.split('\n').filter((line) => secretPatterns.some((pattern) => pattern.test(line)))
}
