export { loadConfig, type Settings } from './config.ts'
export { type RunningServer, type StartDeps, startServer } from './main.ts'
