import type { PluginSource } from '../build-plugin.js'

/** A plugin that serves WebSockets. */
export const socketPlugin: PluginSource = {
  id: 'sockets',
  code: `
    const seen = []
    plugin.route('/seen', { methods: ['GET'] }, () => seen)
    plugin.webSocket('/echo/:room', {
      protocols: ['chat.v2', 'chat.v1'],
      maxMessageBytes: 5_000_000,
      open: (socket, { caller, params, query, request }) => socket.send(JSON.stringify({
        caller: caller?.id ?? null, params, query, protocol: socket.protocol,
        headers: Object.fromEntries(request.headers),
      })),
      message: (socket, data) => socket.send(data),
      close: (_socket, { code }, { params }) => { seen.push(params.room + ' closed ' + code) },
    })
    plugin.webSocket('/open', { auth: 'none', open: (socket, { caller }) => socket.send(String(caller?.id)) })
    plugin.webSocket('/failing', { message: () => { throw new Error('the handler broke') } })
    plugin.webSocket('/crash', { message: () => process.exit(1) })
    plugin.webSocket('/slow-reader', { message: () => new Promise(() => {}) })
    plugin.webSocket('/firehose', {
      open: async (socket, { signal }) => {
        const piece = new Uint8Array(65_536)
        let sent = 0
        while (!signal.aborted && sent < 4_000) {
          await socket.send(piece)
          sent += 1
          seen[0] = sent
        }
      },
    })
  `,
}
