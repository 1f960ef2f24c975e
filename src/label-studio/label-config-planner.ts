import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { KeypointSet } from '../../models/keypoint-set.ts'
import type { ControlPlan } from './control-plan.ts'
import { matchControls } from './match-controls.ts'
import { parseLabelConfig } from './parse-label-config.ts'

export interface LabelConfigPlanner {
  /** @throws PoseError LABEL_CONFIG_INVALID, LABEL_CONFIG_UNMATCHED */
  plan (xml: string, set: KeypointSet): ControlPlan
}

/** Remembers the latest `max` plans, because Label Studio sends the whole interface with each call. */
export function createLabelConfigPlanner ({ max = 32 }: { max?: number } = {}): LabelConfigPlanner {
  const plans = new LRUCache<string, ControlPlan>({ max })
  return {
    plan (xml, set) {
      const key = `${set.id}:${createHash('sha1').update(xml).digest('base64')}`
      const known = plans.get(key)
      if (known) return known
      const plan = matchControls(parseLabelConfig(xml), set)
      plans.set(key, plan)
      return plan
    }
  }
}
