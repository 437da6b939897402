const offsetDigits = 12

/** Of a record's document: ordered by user, then by its offset in the lane, which follows from the user. */
export function recordId(user: string, offset: number): string {
  return `${user} ${offset.toString(16).padStart(offsetDigits, '0')}`
}

export function offsetOfId(id: string): number {
  return Number.parseInt(id.slice(-offsetDigits), 16)
}

export function userOfId(id: string): string {
  return id.slice(0, -offsetDigits - 1)
}
