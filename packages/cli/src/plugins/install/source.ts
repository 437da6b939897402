/** Where a plugin comes from, as a person types it and as npm takes it. */
import { existsSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ChatError } from '@secure-chat/protocol/errors'

export type Source = {
  /** What npm installs. */
  readonly spec: string
  /** A path of this computer, if it is one. */
  readonly path: string | undefined
}

/** A folder, a tarball, or whatever npm knows: `name`, `name@1`, `@scope/name`, a Git or tarball address. */
export function sourceOf(typed: string, cwd: string): Source {
  if (!isPath(typed, cwd)) return { spec: typed, path: undefined }
  const path = resolve(cwd, withoutPrefix(typed))
  if (!existsSync(path)) {
    throw new ChatError('file_unreadable', `${path}: there is no such file or folder.`)
  }
  if (statSync(path).isDirectory() && !existsSync(join(path, 'package.json'))) {
    throw new ChatError('file_unreadable', `${path} is no package: there is no package.json in it.`)
  }
  return { spec: `file:${path}`, path }
}

function isPath(typed: string, cwd: string): boolean {
  if (/^(?:\.{1,2}(?:[/\\]|$)|[/\\]|~[/\\]|file:|[A-Za-z]:[/\\])/.test(typed)) return true
  if (/^[a-z+]+:/i.test(typed) || typed.startsWith('@')) return false
  // `plugins/slow-mode` may be a folder here or a repository there; `slow-mode` alone is a name of the registry.
  return /\.tgz$|\.tar\.gz$|\//.test(typed) && existsSync(join(cwd, typed))
}

function withoutPrefix(typed: string): string {
  if (typed.startsWith('file://')) return fileURLToPath(typed)
  if (typed.startsWith('file:')) return typed.slice('file:'.length)
  return typed.startsWith('~') ? join(homedir(), typed.slice(1)) : typed
}
