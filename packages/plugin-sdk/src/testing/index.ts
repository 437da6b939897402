export * from './hostile-envelopes.ts'
