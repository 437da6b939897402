/** Columns in the order of a `MessageRow`. */
export const insertMessage =
  'INSERT INTO message (mailbox, "offset", at, size, total, record) VALUES (?, ?, ?, ?, ?, ?)'
