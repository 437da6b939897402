export { ChatError, type ChatErrorOptions, type FieldError, isChatError } from './chat-error.ts'
export { fromProblem, type Problem, toProblem } from './problem.ts'
export { type ErrorCode, errorTable, isErrorCode } from './table.ts'
