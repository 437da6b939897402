/** One step of the vault's schema; numbers rise by one and a step is never changed once released. */
export type Migration = { number: number; sql: string }
