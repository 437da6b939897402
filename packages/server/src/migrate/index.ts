export { type Compared, compare, type Report } from './compare.ts'
export { refuseUnfinished } from './mark.ts'
export { migrate } from './migrate.ts'
export type { Engines, Migration, Progress } from './migration.ts'
