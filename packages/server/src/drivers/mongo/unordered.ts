/**
 * For a bulk of writes of which none waits for another. Mongoose would leave out what does not fit the schema and say
 * nothing; it is an error of this program.
 */
export const unordered = { ordered: false, throwOnValidationError: true } as const
