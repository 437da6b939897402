/**
 * The type of a value this program sealed itself. AES-GCM already proved that nobody else wrote it, and
 * its schema changes only by migration, so it is not parsed again field by field.
 */
export function asWritten<T>(value: unknown): T {
  return value as T
}
