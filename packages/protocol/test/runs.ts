/** How often a property is tried; `FC_RUNS` multiplies it for long runs. */
export function runs(few: number): { numRuns: number } {
  return { numRuns: few * Number(process.env.FC_RUNS ?? 1) }
}
