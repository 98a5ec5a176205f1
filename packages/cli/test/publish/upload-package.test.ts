import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createPlatformClient } from '../../src/platform/platform-client.js'
import { uploadPackage } from '../../src/publish/upload-package.js'

const found = { file: '', name: 'weather-1.0.0.tar.gz', bytes: Buffer.from('bytes'), checksum: 'c' }
const stops: (() => void)[] = []
afterEach(() => {
  for (const stop of stops.splice(0)) stop()
})

/** Answers one request after another with these statuses; 0 breaks the connection. */
async function serverAnswering(...statuses: number[]) {
  let requests = 0
  const server = createServer((request, response) => {
    const status = statuses[requests] ?? 500
    requests += 1
    if (status === 0) {
      request.socket.destroy()
      return
    }
    request.resume().on('end', () => {
      response.writeHead(status, { 'content-type': 'application/json', 'retry-after': '0' })
      response.end(JSON.stringify({ detail: 'said' }))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  stops.push(() => server.close())
  const address: AddressInfo | string | null = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const client = createPlatformClient({ apiUrl: `http://127.0.0.1:${port}`, apiKey: 'k' })
  const close = () => {
    server.close()
  }
  const open = () => {
    server.listen(port, '127.0.0.1')
  }
  return { client, requests: () => requests, close, open }
}

describe('uploading', () => {
  it('tries again after a broken connection, and says so', async () => {
    const { client, requests } = await serverAnswering(0, 503, 201)
    const retries: number[] = []
    const uploaded = await uploadPackage(client, found, {
      delays: [1, 1, 1],
      onRetry: (_reason, attempt) => retries.push(attempt),
    })
    expect(uploaded).toEqual({ answer: { detail: 'said' }, created: true })
    expect(retries).toEqual([2, 3])
    expect(requests()).toBe(3)
  })

  it('tells whether these bytes had been published before', async () => {
    const { client } = await serverAnswering(200)
    expect((await uploadPackage(client, found, {})).created).toBe(false)
  })

  it.each([401, 403, 409, 413, 422, 500])('does not repeat what was refused with %i', async (status) => {
    const { client, requests } = await serverAnswering(status)
    await expect(uploadPackage(client, found, { delays: [1, 1] })).rejects.toThrow('said')
    expect(requests()).toBe(1)
  })

  it('waits for a platform that breaks off in order to start again', async () => {
    const { client, close, open } = await serverAnswering(0, 201)
    const reasons: string[] = []
    const uploaded = await uploadPackage(client, found, {
      delays: [1, 1, 1],
      onRetry: (reason, attempt) => {
        reasons.push(reason)
        return attempt === 2 ? close() : open()
      },
    })
    expect(uploaded.created).toBe(true)
    expect(reasons).toEqual([expect.stringContaining('failed'), expect.stringContaining('Nothing answers')])
  })

  it('does not wait where nothing ever answered', async () => {
    const { client, close } = await serverAnswering()
    close()
    await expect(uploadPackage(client, found, { delays: [1, 1] })).rejects.toThrow(/Nothing answers/)
  })

  it('gives up in the end', async () => {
    const { client, requests } = await serverAnswering(503, 503, 503)
    await expect(uploadPackage(client, found, { delays: [1, 1] })).rejects.toThrow(/Not available now/)
    expect(requests()).toBe(3)
  })
})
