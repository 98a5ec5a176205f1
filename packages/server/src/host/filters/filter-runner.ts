/** Filters that the platform asks before it stores a row, or sends one to a webhook. */
export type StoreFilter =
  | 'device.data.process'
  | 'metrics.process'
  | 'alert.data.process'
  | 'webhook.payload.process'

export interface FilterInput {
  organization_id: string
  filter: StoreFilter
  value: Record<string, unknown>
}

/** Asks the enabled plugins of an organization, in priority order, for the value to store instead. */
export interface FilterRunner {
  apply(input: FilterInput): Promise<Record<string, unknown>>
}
