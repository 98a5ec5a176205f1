import { type Plugin, parseDuration } from '@ops-center/plugin-sdk'
import * as z from 'zod'
import type { DetectorSettings } from './observe.js'

/** Spreads from the level at which a reading is unusual. */
const THRESHOLDS = { low: 8, normal: 5, high: 3.5 } as const

/** A metric that strays by a twentieth of its level is never unusual. */
const RELATIVE_SPREAD = 0.05

/** The settings of `config_schema` in plugin.yaml, with the same defaults. */
export const settingsSchema = z.object({
  sensitivity: z.enum(['low', 'normal', 'high']).default('normal'),
  alerting: z.boolean().default(true),
  cool_down: z.string().default('10m'),
  warm_up_readings: z.int().min(10).max(500).default(45),
  sustained_readings: z.int().min(1).max(100).default(5),
  adapt_after_readings: z.int().min(20).max(10_000).default(300),
  training_readings: z.int().min(100).max(10_000).default(2_000),
  minimum_spread: z.number().positive().default(0.5),
  ignore: z.array(z.string()).default([]),
})

/** The settings as the detector uses them. */
export interface Settings extends DetectorSettings {
  /** Whether detections raise alerts. */
  alerting: boolean
  /** Milliseconds after an alert in which the same device raises no other. */
  coolDown: number
  /** Most readings of a device that the training looks at. */
  trainingReadings: number
  /** Metrics, or whole groups of them, that are not watched. */
  ignore: readonly string[]
}

/** Reads the settings now, so that a change counts from the next reading on. */
export function readSettings({ config }: Pick<Plugin, 'config'>): Settings {
  const settings = settingsSchema.parse(config.all())
  return {
    threshold: THRESHOLDS[settings.sensitivity],
    relativeSpread: RELATIVE_SPREAD,
    minimumSpread: settings.minimum_spread,
    warmUp: settings.warm_up_readings,
    sustained: settings.sustained_readings,
    adaptAfter: settings.adapt_after_readings,
    alerting: settings.alerting,
    coolDown: parseDuration(settings.cool_down),
    trainingReadings: settings.training_readings,
    ignore: settings.ignore,
  }
}
