/** One point in which the code and `plugin.yaml` disagree. */
export interface ManifestDifference {
  /** Where in `plugin.yaml`: `hooks[0].event`, or the list where an entry is missing. */
  readonly path: string
  readonly message: string
  readonly fix: string
  /** `error`: the plugin would not work as written; `warning`: people would be told two different things. */
  readonly severity: 'error' | 'warning'
}
