import { ChatError } from '@secure-chat/protocol'
import { asUnavailable, faultOf } from '../../../src/drivers/mongo/failure.ts'

const error = (name: string, code?: number) =>
  Object.assign(new Error('said the driver'), { name, code })

test.each([
  ['MongoNetworkError', undefined, 'unreachable'],
  ['MongoServerSelectionError', undefined, 'unreachable'],
  ['MongooseServerSelectionError', undefined, 'unreachable'],
  ['MongoNetworkTimeoutError', undefined, 'silent'],
  ['MongoWaitQueueTimeoutError', undefined, 'silent'],
  ['MongoNotConnectedError', undefined, 'closed'],
  ['MongoServerError', 10107, 'no_primary'],
  ['MongoServerError', 13, 'not_allowed'],
  ['MongoServerError', 14031, 'disk_full'],
  ['MongoWriteConcernError', 64, 'not_durable'],
  ['MongoBulkWriteError', 91, 'no_primary'],
  ['MongoServerError', 123456, 'other'],
  ['MongoServerError', undefined, 'other'],
])('%s %s of the driver is a failing database: %s', (name, code, fault) => {
  const thrown = error(name, code)
  expect(faultOf(thrown)).toBe(fault)
  expect(asUnavailable(thrown)).toMatchObject({ code: 'database_unavailable', cause: thrown })
})

test.each([
  ['TypeError', undefined],
  ['CastError', undefined],
  ['StrictModeError', undefined],
  ['MongoInvalidArgumentError', undefined],
  ['MongoServerError', 11000],
  ['MongoServerError', 2],
  ['MongoServerError', 59],
  ['MongoBulkWriteError', 11000],
])('%s %s is an error of this program and stays one', (name, code) => {
  const thrown = error(name, code)
  expect(asUnavailable(thrown)).toBe(thrown)
})

test('a bulk fails for the reason that lies within', () => {
  const bulk = (errorResponse: Error) =>
    Object.assign(error('MongoBulkWriteError'), { errorResponse })
  expect(faultOf(bulk(error('MongoNetworkError')))).toBe('unreachable')
  expect(faultOf(bulk(error('MongoNetworkTimeoutError')))).toBe('silent')
  expect(faultOf(bulk(new TypeError('our bug')))).toBeUndefined()
})

test('what is told already is not told otherwise', () => {
  const told = new ChatError('plugin_error')
  expect(asUnavailable(told)).toBe(told)
  expect(asUnavailable('no error at all')).toBe('no error at all')
})
