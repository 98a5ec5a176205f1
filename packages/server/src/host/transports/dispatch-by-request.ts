import type {
  AnswerControl,
  AnswerReceiver,
  DispatchedRequest,
  PluginAnswer,
  PluginTransport,
} from './plugin-transport.js'

/** `dispatch` of a transport that knows only `request`. */
export function dispatchByRequest(
  send: PluginTransport['request'],
  request: DispatchedRequest,
  receiver: AnswerReceiver,
): AnswerControl {
  const stop = new AbortController()
  let answer: PluginAnswer | undefined
  send({ ...request, signal: stop.signal }).then(
    (got) => {
      answer = got
      // Before anybody hears of it: whoever does may break it off at once.
      got.body.once('error', (error: Error) => receiver.onError(error))
      stop.signal.addEventListener('abort', () => got.body.destroy(stop.signal.reason))
      receiver.onStart(got.statusCode, got.headers)
      got.body.on('data', (chunk: Uint8Array) => receiver.onData(chunk))
      got.body.once('end', () => receiver.onEnd())
    },
    (error: unknown) => {
      // Who is late need not go on.
      stop.abort(error)
      receiver.onError(error instanceof Error ? error : new Error(String(error)))
    },
  )
  return {
    pause: () => void answer?.body.pause(),
    resume: () => void answer?.body.resume(),
    abort: (reason) => stop.abort(reason),
  }
}
