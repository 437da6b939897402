/** Source of randomness, a parameter everywhere so that tests can watch or fix it. */
export type RandomBytes = (size: number) => Uint8Array
