import { OpsError } from '../errors.js'

/** As much of a Vite plugin as is needed here. */
export interface DecoratorsPlugin {
  readonly name: string
  readonly enforce: 'pre'
  transform(code: string, id: string): Promise<{ code: string; map: string } | undefined>
}

const TYPESCRIPT = /\.[cm]?tsx?(\?|$)/
/** A line that begins with a decorator, or one before a class. It may find too much, which does no harm. */
const DECORATOR = /^\s*(export\s+(default\s+)?)?@[A-Za-z_$]/m

/**
 * A plugin for `vitest.config.ts` that compiles standard decorators, which Vite 8 passes on to Node as they are.
 * Needs `esbuild`: `npm install --save-dev esbuild`.
 *
 * @example
 * import { defineConfig } from 'vitest/config'
 * import { standardDecorators } from '@ops-center/plugin-sdk/testing/vite'
 * export default defineConfig({ plugins: [standardDecorators()] })
 */
export function standardDecorators(): DecoratorsPlugin {
  return {
    name: 'ops-center:standard-decorators',
    enforce: 'pre',
    async transform(code, id) {
      if (!TYPESCRIPT.test(id) || !DECORATOR.test(code)) return undefined
      const { transform } = await import('esbuild').catch((cause: unknown) => {
        throw new OpsError(
          'esbuild_missing',
          `${id} has decorators, which esbuild compiles, and esbuild is not installed: npm install --save-dev esbuild`,
          { cause },
        )
      })
      const { code: compiled, map } = await transform(code, {
        loader: id.replace(/\?.*$/, '').endsWith('x') ? 'tsx' : 'ts',
        target: 'es2022',
        format: 'esm',
        sourcefile: id,
        sourcemap: 'external',
        tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
      })
      return { code: compiled, map }
    },
  }
}
