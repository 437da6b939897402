import { type Plan, packageNameOf } from './plan.ts'

/** Of what the package is built with; the same as in this repository, which a test holds. */
export const builtWith = { typescript: '^7.0.2', '@types/node': '^24.19.2' }

/** The package.json of a new plugin. @param version of secure-chat: its packages have one version together */
export function manifestOf({ name, halves }: Plan, version: string): object {
  const [isServer, isCli] = [halves.includes('server'), halves.includes('cli')]
  const ours = `^${version}`
  return {
    name: packageNameOf(name),
    version: '0.1.0',
    description: `${name}: a plugin for secure-chat`,
    license: 'MIT',
    type: 'module',
    keywords: ['secure-chat-plugin'],
    engines: { node: '>=24.15' },
    files: ['dist'],
    scripts: {
      build: 'tsc -p tsconfig.build.json',
      typecheck: 'tsc',
      // A plugin that leaves something open fails by the name of what it left, not by a run that never ends.
      test: 'node --test --test-force-exit "test/**/*.test.ts"',
      prepack: 'npm run build',
    },
    secureChat: { api: '^1', ...(isServer && { server: './dist/server.js' }) },
    ...(isCli && { oclif: { hooks: { 'chat:extend': './dist/chat.js' } } }),
    peerDependencies: { '@secure-chat/plugin-sdk': peerRange(version) },
    // Server and command line give plugins their own copy.
    peerDependenciesMeta: { '@secure-chat/plugin-sdk': { optional: true } },
    devDependencies: {
      '@secure-chat/plugin-sdk': ours,
      // The testing kit starts one for either half.
      '@secure-chat/server': ours,
      ...(isCli && { '@secure-chat/cli': ours }),
      '@types/node': builtWith['@types/node'],
      typescript: builtWith.typescript,
    },
  }
}

/** Version 1 keeps what 0.x promises: the contract has a version of its own, which is at 1. */
function peerRange(version: string): string {
  const major = version.split('.')[0]
  return major === '0' ? `^${version} || ^1` : `^${major}`
}
