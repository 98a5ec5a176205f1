import type { WriteStream } from 'node:tty'
import { createLogUpdate } from 'log-update'
import { type Output, stepLine } from './output.js'
import type { SessionState } from './session-state.js'
import type { Colors } from './view/colors.js'
import { printable } from './view/printable.js'
import { renderView } from './view/render-view.js'

/** Steps that tick themselves off, then a view that is redrawn in place. */
export function createLiveOutput(stream: WriteStream, colors: Colors): Output {
  const region = createLogUpdate(stream)
  let last: SessionState | undefined
  const draw = () => {
    if (!last) return
    const width = Math.min(stream.columns, 80)
    region(renderView(last, { width, colors, now: new Date() }).join('\n'))
  }
  return {
    isLive: true,
    async step(doing, work, done) {
      const begin = performance.now()
      region(colors.dim(`  ${printable(doing)} ...`))
      try {
        const result = await work()
        region.clear()
        stream.write(`${stepLine(colors.green('✓'), printable(done(result)), performance.now() - begin)}\n`)
        return result
      } catch (error) {
        region.clear()
        throw error
      }
    },
    note: (text) => region.persist(`  ${colors.yellow('Note:')} ${printable(text)}`),
    // Printed once and above the part that is redrawn, so that a terminal lets its text be selected and copied.
    guide: (lines) => void stream.write(`\n${lines.map((line) => `  ${line}\n`).join('')}\n`),
    update(state) {
      if (!last) stream.on('resize', draw)
      last = state
      draw()
    },
    alert() {},
    settle() {
      stream.off('resize', draw)
      if (last) region.done()
      last = undefined
    },
  }
}
