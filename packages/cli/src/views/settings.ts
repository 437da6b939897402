import type { Column } from '../output/table.ts'
import type { Setting } from '../services/config.ts'

export const settingColumns: Column<Setting>[] = [
  { header: 'SETTING', value: ([name]) => name },
  { header: 'VALUE', value: ([, value]) => value },
  { header: 'FROM', value: ([, , source]) => source },
]
