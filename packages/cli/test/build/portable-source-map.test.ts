import { describe, expect, it } from 'vitest'
import { portableSourceMap } from '../../src/build/portable-source-map.js'

describe('portableSourceMap', () => {
  it('names own files as they are and the others by their package', () => {
    const map = JSON.stringify({
      version: 3,
      sources: [
        'main.ts',
        'src/a.ts',
        '../../up/node_modules/zod/index.js',
        'node_modules/.store/x/node_modules/y/z.js',
      ],
      sourcesContent: ['own', 'own too', 'theirs', 'theirs'],
      mappings: 'AAAA',
    })
    expect(JSON.parse(portableSourceMap(map, '/home/me/plugin'))).toEqual({
      version: 3,
      sources: ['main.ts', 'src/a.ts', 'node_modules/zod/index.js', 'node_modules/y/z.js'],
      sourcesContent: ['own', 'own too', null, null],
      mappings: 'AAAA',
    })
  })
})
