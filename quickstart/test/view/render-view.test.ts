import { stripVTControlCharacters } from 'node:util'
import pc from 'picocolors'
import { describe, expect, test } from 'vitest'
import type { SessionState } from '../../src/session-state.js'
import { renderView } from '../../src/view/render-view.js'
import { after, alert, fresh } from '../session-states.js'

const now = new Date('2026-01-02T03:04:10Z')
const plain = pc.createColors(false)
const render = (state: SessionState, width = 80) => renderView(state, { width, colors: plain, now })

/** A state with everything as long as it gets. */
const crowded: SessionState = {
  ...after(1_234_567, {
    plugin: { version: '1.0.0', state: 'error', reason: 'It crashed six times in a row. '.repeat(9) },
    deliveries: { delivered: 12_345_678, retrying: 12_345_678, dead: 12_345_678 },
    alerts: { total: 99_999, latest: [{ ...alert, title: 'Größe der Datei 🔥 '.repeat(20) }] },
  }),
  failed: 99_999,
  trouble: 'connect ECONNREFUSED '.repeat(9),
  message: 'm'.repeat(200),
}

describe('the live view', () => {
  test.each([fresh, after(0), after(1), after(23), after(60), after(5_000), crowded])(
    'has no line wider than the terminal (%#)',
    (state) => {
      for (const width of [80, 60, 20]) {
        for (const line of render(state, width)) expect(columns(line), line).toBeLessThanOrEqual(width)
      }
    },
  )

  test('keeps within the width with colours too', () => {
    const lines = renderView(crowded, { width: 80, colors: pc.createColors(true), now })
    expect(lines.join('')).toContain('\u001b[')
    for (const line of lines) expect(columns(stripVTControlCharacters(line))).toBeLessThanOrEqual(80)
  })

  test('has no control characters without colours, whatever an alert is called', () => {
    const evil = { ...alert, title: 'a\u001b[2Jb\nc\u0007d\u202ee' }
    const text = render(after(60, { alerts: { total: 1, latest: [evil] } })).join('')
    expect(text).toContain('ab cde')
    expect(text).not.toMatch(/[\p{Cc}\p{Cf}]/u)
  })

  test('shows how far learning is, then what is watched', () => {
    expect(render(after(23)).join('\n')).toContain('enabled, learning 23/45')
    expect(render(after(60)).join('\n')).toContain('enabled, watching 4 metrics')
  })

  test('shows the latest values, what was sent and counted, and the deliveries', () => {
    const text = render({ ...after(60), sent: 12 }).join('\n')
    expect(text).toMatch(/CPU .* 59\.0 %/)
    expect(text).toMatch(/load .* 0\.42/)
    expect(text).toContain('12 sent, 60 counted by the plugin')
    expect(text).toContain('60 delivered')
  })

  test('shows the newest alert with its severity', () => {
    const text = render(
      after(60, { alerts: { total: 2, latest: [alert, { ...alert, title: 'older' }] } }),
    ).join('\n')
    expect(text).toContain('critical Unusual cpu_percent on web-1')
    expect(text).not.toContain('older')
  })

  test('marks a metric that is unusual', () => {
    const state = after(60)
    const unusual = state.platform?.stats?.device?.unusual
    expect(render(state).join('\n')).not.toContain('CPU !')
    unusual?.push('cpu_percent')
    expect(render(state).join('\n')).toContain('CPU !')
  })

  test('says so when the plugin is down or not delivered to', () => {
    const text = render(
      after(60, {
        plugin: { version: '1.0.0', state: 'error', reason: 'out of memory' },
        deliveries: { delivered: 1, retrying: 2, dead: 3 },
        stats: undefined,
      }),
    ).join('\n')
    expect(text).toContain('error (out of memory), does not answer at present')
    expect(text).toContain('1 delivered, 2 retried, 3 dead')
  })

  test('counts down while an anomaly is provoked, and names the keys otherwise', () => {
    const until = now.getTime() + 16_200
    expect(render({ ...after(60), anomalyUntil: until }).join('\n')).toContain('17 s left')
    expect(render(after(60)).at(-1)).toContain('a: provoke an anomaly')
  })
})

/** Columns of a text: emoji take two. */
function columns(text: string): number {
  return [...text].reduce((sum, character) => sum + (/\p{Emoji_Presentation}/u.test(character) ? 2 : 1), 0)
}
