import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { WebSocket } from 'undici'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPluginFolder, removeFolders } from '../plugin-folder.js'
import { type DevProcess, startDev } from './dev-process.js'

type Message = {
  id?: number
  method?: string
  params?: Record<string, unknown>
  result?: Record<string, unknown>
}

/** The few words of the debugging protocol that a breakpoint takes. */
async function connectDebugger(port: number) {
  const [target] = JSON.parse(await (await fetch(`http://127.0.0.1:${port}/json`)).text())
  const socket = new WebSocket(target.webSocketDebuggerUrl)
  const heard: Message[] = []
  const waiting = new Set<{ fits: (message: Message) => boolean; resolve: (message: Message) => void }>()
  socket.addEventListener('message', ({ data }) => {
    const message: Message = JSON.parse(String(data))
    heard.push(message)
    for (const one of waiting) if (one.fits(message)) one.resolve(message)
  })
  await new Promise((resolve) => socket.addEventListener('open', resolve, { once: true }))
  const hear = (fits: (message: Message) => boolean) =>
    new Promise<Message>((resolve) => {
      const already = heard.find(fits)
      if (already !== undefined) resolve(already)
      else waiting.add({ fits, resolve })
    })
  let id = 0
  const send = (method: string, params: Record<string, unknown> = {}) => {
    id += 1
    const own = id
    socket.send(JSON.stringify({ id: own, method, params }))
    return hear((message) => message.id === own)
  }
  return { send, hear, close: () => socket.close() }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

let folder: string
let port: number
let dev: DevProcess
beforeAll(async () => {
  folder = await createPluginFolder({})
  port = await freePort()
  dev = await startDev(folder, '--inspect', String(port))
  await dev.until(/loaded {3}1\.0\.0-dev\.1/)
}, 120_000)
afterAll(async () => {
  await dev?.stop()
  await removeFolders([folder])
})

describe('dev --inspect', { timeout: 60_000 }, () => {
  it('stops at a breakpoint in the code as the author wrote it', async () => {
    const client = await connectDebugger(port)
    await client.send('Debugger.enable')
    const script = await client.hear(
      ({ method, params }) =>
        method === 'Debugger.scriptParsed' && String(params?.url).endsWith('/weather/main.js'),
    )
    const file = fileURLToPath(String(script.params?.url))
    const map = JSON.parse(await readFile(`${file}.map`, 'utf8'))
    expect(script.params?.sourceMapURL).toBe('main.js.map')
    expect(map.sources).toContain(pathToFileURL(join(folder, 'main.ts')).href)
    const lines = (await readFile(file, 'utf8')).split('\n')
    const lineNumber = lines.findIndex((line) => line.includes('ok: true'))
    const columnNumber = lines[lineNumber]?.indexOf('({ ok')
    await client.send('Debugger.setBreakpointByUrl', { url: script.params?.url, lineNumber, columnNumber })
    const answer = dev.request('/plugins/weather/stats')
    const paused = await client.hear(({ method }) => method === 'Debugger.paused')
    expect(paused.params?.hitBreakpoints).toHaveLength(1)
    await client.send('Debugger.resume')
    expect(await (await answer).json()).toEqual({ ok: true })
    client.close()
  })

  it('listens at the same place after a reload', async () => {
    const text = await readFile(join(folder, 'main.ts'), 'utf8')
    await writeFile(join(folder, 'main.ts'), text.replace('ok: true', 'ok: false'))
    await dev.until(/loaded {3}1\.0\.0-dev\.2/)
    expect(await (await dev.request('/plugins/weather/stats')).json()).toEqual({ ok: false })
    const client = await connectDebugger(port)
    expect((await client.send('Debugger.enable')).result).toBeDefined()
    client.close()
  })
})
