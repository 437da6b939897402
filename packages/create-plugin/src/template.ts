import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { Files } from './folder.ts'
import { manifestOf } from './manifest.ts'
import type { Plan } from './plan.ts'

/** Beside `src` and `dist` alike. Its files are those of a plugin of this name. */
const template = join(import.meta.dirname, '../template')
const nameInTemplate = 'my-plugin'

/** Every file of the new package. */
export function filesOf(plan: Plan, version: string): Files {
  const files = new Map<string, string>()
  const put = (path: string, text: string) =>
    files.set(path, text.replaceAll(nameInTemplate, plan.name))
  files.set('package.json', `${JSON.stringify(manifestOf(plan, version), undefined, 2)}\n`)
  put('README.md', readmeOf(plan))
  for (const piece of ['base', ...plan.halves]) {
    const folder = join(template, piece)
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      const path = join(entry.parentPath, entry.name)
      put(nameOf(relative(folder, path)), readFileSync(path, 'utf8'))
    }
  }
  return files
}

/** npm takes no `.gitignore` into a package. */
function nameOf(path: string): string {
  return path === 'gitignore' ? '.gitignore' : path
}

function readmeOf({ halves }: Plan): string {
  return ['title', ...halves, 'working-on-it']
    .map((part) => readFileSync(join(template, 'readme', `${part}.md`), 'utf8'))
    .join('\n')
}
