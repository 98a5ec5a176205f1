import { parseDocument } from 'yaml'

/** Paths in the manifest that the package renames: sources become what they were bundled to. */
export interface PackedPaths {
  /** Undefined for a plugin without code of its own. */
  readonly entrypoint: string | undefined
  /** Component source -> bundled file. */
  readonly components: ReadonlyMap<string, string>
}

/** The author's `plugin.yaml` with its comments, pointing at the bundled files. */
export function packManifest(text: string, { entrypoint, components }: PackedPaths): string {
  const document = parseDocument(text)
  if (entrypoint !== undefined) document.setIn(['runtime', 'entrypoint'], entrypoint)
  const slots: unknown = document.toJS()?.slots
  if (Array.isArray(slots)) {
    slots.forEach((slot: unknown, index) => {
      const component = componentOf(slot)
      const packed = component === undefined ? undefined : components.get(component)
      if (packed !== undefined) document.setIn(['slots', index, 'component'], packed)
    })
  }
  return document.toString({ lineWidth: 0 })
}

function componentOf(slot: unknown): string | undefined {
  if (typeof slot !== 'object' || slot === null || !('component' in slot)) return undefined
  return typeof slot.component === 'string' ? slot.component : undefined
}
