/** Steps from the top of a manifest to one value: keys and list positions. */
export type ManifestPath = readonly (string | number)[]

const PLAIN_KEY = /^[A-Za-z_$][\w$-]*$/
const STEP = /\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]|\.?([^.[\]]+)/g

/** A path as people read it: `hooks[0].event`; keys that would be ambiguous are quoted. */
export function formatManifestPath(path: ManifestPath): string {
  let text = ''
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`
    else if (PLAIN_KEY.test(step)) text += text === '' ? step : `.${step}`
    else text += `[${JSON.stringify(step)}]`
  }
  return text
}

/** The inverse of {@link formatManifestPath}. */
export function parseManifestPath(text: string): ManifestPath {
  return [...text.matchAll(STEP)].map(([, index, quoted, key]) => {
    if (index !== undefined) return Number(index)
    return quoted === undefined ? (key ?? '') : String(JSON.parse(`"${quoted}"`))
  })
}
