import type { Tags } from '../osm-data'

/** How a way is used in one direction. */
export type DirectionUse = {
  kmh: number
  /** As if it were that slow when routes are chosen; at most `kmh`. */
  weightKmh: number
  /** No through traffic. */
  isRestricted: boolean
  isPushed: boolean
}

/** How a way is used by a profile, in each direction; undefined where it may not be. */
export type WayUse = {
  forward?: DirectionUse
  backward?: DirectionUse
  /** Seconds for the whole way where the tags say so (ferries); 0 where speed decides. */
  durationSeconds: number
}

/** What a turn costs. */
export type TurnRules = {
  /** Seconds by the angle in degrees, 0 straight on, to the right positive; where a choice of roads meets. */
  angleSeconds(angle: number, isLeftHand: boolean): number
  uTurnSeconds: number
  signalSeconds: number
  stopSeconds: number
  giveWaySeconds: number
  /** Names under which turn restrictions concern this vehicle; empty: they do not. */
  restrictionModes: readonly string[]
}

export type ProfileRules = {
  way(tags: Tags): WayUse | undefined
  /** Whether a point cannot be passed. */
  isBarrier(tags: Tags): boolean
  turns: TurnRules
}
