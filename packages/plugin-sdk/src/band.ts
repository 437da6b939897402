/** Where in a chain a handler runs: all of `early`, then `normal`, then `late`; within a band in order of installing. */
export type Band = 'early' | 'normal' | 'late'
