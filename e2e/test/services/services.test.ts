/** The services that other suites build on: they start once, stay where they were, and end cleanly. */
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  describeWithServices,
  runningIn,
  type Service,
  startKafka,
  startMongo,
} from '@secure-chat/e2e/services'

const services = { kafka: startKafka, mongo: startMongo }

describeWithServices('services', () => {
  let folder: string
  let service: Service | undefined
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'secure-chat-service-'))
  })
  afterEach(async () => {
    await service?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  test.each(Object.entries(services))(
    '%s takes connections once it has started, and only one starts on a folder',
    async (_name, start) => {
      service = await start({ folder })
      expect(await takesConnections(service.port)).toBe(true)
      expect((await start({ folder })).pid).toBe(service.pid)
    },
    60_000,
  )

  test.each(Object.entries(services))(
    '%s comes back on the same port after a kill',
    async (_name, start) => {
      service = await start({ folder })
      await service.kill()
      expect(runningIn(folder)).toBeUndefined()
      expect(await takesConnections(service.port)).toBe(false)
      const again = await start({ folder })
      expect(again.port).toBe(service.port)
      expect(again.pid).not.toBe(service.pid)
      service = again
    },
    60_000,
  )

  test.each(Object.entries(services))(
    '%s is gone when stop resolves, also when it was paused',
    async (_name, start) => {
      service = await start({ folder })
      service.pause()
      await service.stop()
      expect(runningIn(folder)).toBeUndefined()
      expect(await takesConnections(service.port)).toBe(false)
    },
    60_000,
  )
})

function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
