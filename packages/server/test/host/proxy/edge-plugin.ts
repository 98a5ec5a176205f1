import type { PluginSource } from '../build-plugin.js'

/** A plugin whose routes do what a proxy must cope with. */
export const edge: PluginSource = {
  id: 'edge',
  code: `
    const pieces = (...texts) => new ReadableStream({
      start(controller) { for (const text of texts) controller.enqueue(new TextEncoder().encode(text)) },
    })
    const seen = []
    plugin.route('/seen', { methods: ['GET'] }, () => seen)
    plugin.route('/who', { methods: ['GET', 'POST'] }, ({ caller }) => ({ caller: caller ?? null, can: caller?.can('devices:read') ?? false }))
    plugin.route('/open', { methods: ['GET'], auth: 'none' }, ({ caller }) => ({ caller: caller ?? null }))
    plugin.route('/headers', { methods: ['GET'] }, ({ request }) => Object.fromEntries(request.headers))
    plugin.route('/never', { methods: ['GET'] }, ({ signal }) => new Promise(() => {
      signal.addEventListener('abort', () => seen.push('aborted'))
      seen.push('waiting')
    }))
    plugin.route('/half', { methods: ['GET'] }, ({ query }) => {
      setTimeout(() => process.exit(1), 100)
      const headers = query.length ? { 'content-length': query.length } : {}
      return new Response(pieces('half of '), { headers })
    })
    plugin.route('/stalls', { methods: ['GET'] }, () =>
      new Response(pieces('half of '), { headers: { 'content-length': '100' } }))
    plugin.route('/crash', { methods: ['GET'] }, () => process.exit(1))
    plugin.route('/count', { methods: ['POST'] }, async ({ request }) => {
      let bytes = 0
      try { for await (const chunk of request.body) bytes += chunk.length } catch { seen.push('broken off') }
      return { bytes, length: request.headers.get('content-length') }
    })
    plugin.route('/echo', { methods: ['POST'] }, ({ request }) => new Response(request.body))
    let next = () => {}
    plugin.route('/events', { methods: ['GET'] }, () => {
      let count = 0
      return new Response(new ReadableStream({
        start(controller) {
          next = () => controller.enqueue(new TextEncoder().encode('data: ' + ++count + '\\n\\n'))
          next()
        },
      }), { headers: { 'content-type': 'text/event-stream' } })
    })
    plugin.route('/next', { methods: ['POST'] }, () => next())
    plugin.route('/status/:status', { methods: ['GET'] }, ({ params }) =>
      new Response([204, 304].includes(Number(params.status)) ? null : 'text', {
        status: Number(params.status), headers: { etag: '"1"' },
      }))
    plugin.route('/answer-headers', { methods: ['GET'] }, () => {
      const headers = new Headers({
        'x-own': 'yes', connection: 'x-private', 'x-private': '1', 'clear-site-data': '"*"',
        'service-worker-allowed': '/', vary: 'accept', link: '</a>; rel=a',
      })
      headers.append('set-cookie', 'session=stolen; Path=/')
      headers.append('link', '</b>; rel=b')
      return new Response('text', { headers })
    })
    plugin.route('/redirect', { methods: ['GET'] }, ({ request, query }) =>
      Response.redirect(query.to ?? new URL('/plugins/edge/who', request.url)))
  `,
}
