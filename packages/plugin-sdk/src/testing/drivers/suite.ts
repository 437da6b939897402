/**
 * What the suites of drivers need of a test runner: the globals `describe`, `test`, `expect`, `beforeAll` and `afterAll`
 * as Jest has them (Vitest with `globals: true` as well). They are looked up when a suite is called, so that this module
 * can be imported anywhere, and named here so that the kit depends on no runner.
 */
export interface SuiteTest {
  (name: string, run: () => unknown, timeoutMs?: number): void
  each<T>(rows: readonly T[]): (name: string, run: (row: T) => unknown) => void
}

export interface SuiteMatchers {
  readonly not: SuiteMatchers
  readonly resolves: { toBeUndefined(): Promise<void> }
  toBe(expected: unknown): void
  toEqual(expected: unknown): void
  toMatchObject(expected: object): void
  toHaveLength(length: number): void
  toMatch(pattern: RegExp): void
  toBeUndefined(): void
  toBeGreaterThanOrEqual(limit: number): void
  toBeLessThanOrEqual(limit: number): void
  toBeLessThan(limit: number): void
}

interface SuiteExpect {
  (value: unknown): SuiteMatchers
  arrayContaining(values: readonly unknown[]): unknown
}

export const describe = (name: string, run: () => void): void => globalOf('describe')(name, run)

export const beforeAll = (run: () => unknown): void => globalOf('beforeAll')(run)

export const afterAll = (run: () => unknown): void => globalOf('afterAll')(run)

export const test: SuiteTest = Object.assign(
  (...given: Parameters<SuiteTest>): void => globalOf('test')(...given),
  {
    each: <T>(rows: readonly T[]) => {
      const { each }: { each: SuiteTest['each'] } = globalOf('test')
      return each(rows)
    },
  },
)

export const expect: SuiteExpect = Object.assign(
  (value: unknown): SuiteMatchers => globalOf('expect')(value),
  { arrayContaining: (values: readonly unknown[]) => globalOf('expect').arrayContaining(values) },
)

interface Globals {
  readonly describe: (name: string, run: () => void) => void
  readonly beforeAll: (run: () => unknown) => void
  readonly afterAll: (run: () => unknown) => void
  readonly test: SuiteTest
  readonly expect: SuiteExpect
}

function globalOf<Name extends keyof Globals>(name: Name): Globals[Name] {
  const found: unknown = Reflect.get(globalThis, name)
  if (typeof found === 'function') return found as Globals[Name]
  throw new Error(
    `There is no global function ${name}: the suites of drivers run in Jest, or in Vitest with "globals": true.`,
  )
}
