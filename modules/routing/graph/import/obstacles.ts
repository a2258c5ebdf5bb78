import { type OsmData, pointTags, type Tags } from './osm-data'
import type { ProfileRules } from './profiles/rules'

/** A point that is passed with a delay, or not at all. */
export type Obstacle = {
  isBarrier: boolean
  delaySeconds: number
  /** Which direction along the way it is for. */
  direction: 'both' | 'forward' | 'backward'
  /** A stop whose sign does not say for whom, and one that is only for the lesser roads. */
  stop?: 'unclear' | 'minor'
}

/** Obstacles of a profile by point. */
export const obstaclesOf = (data: OsmData, rules: ProfileRules): Map<number, Obstacle> => {
  const obstacles = new Map<number, Obstacle>()
  data.taggedPoint.forEach((point, index) => {
    const obstacle = obstacleOf(pointTags(data, index), rules)
    if (obstacle.isBarrier || obstacle.delaySeconds > 0) obstacles.set(point, obstacle)
  })
  return obstacles
}

const obstacleOf = (tags: Tags, rules: ProfileRules): Obstacle => {
  const isBarrier = rules.isBarrier(tags)
  const direction = directionOf(tags.get('direction'))
  switch (tags.get('highway')) {
    case 'traffic_signals': {
      const own = tags.get('traffic_signals:direction')
      return { isBarrier, delaySeconds: rules.turns.signalSeconds, direction: own ? directionOf(own) : direction }
    }
    case 'stop': {
      const stop = tags.get('stop') === 'minor' ? 'minor' : tags.get('direction') ? undefined : 'unclear'
      return { isBarrier, delaySeconds: rules.turns.stopSeconds, direction, stop }
    }
    case 'give_way':
      return { isBarrier, delaySeconds: rules.turns.giveWaySeconds, direction }
    default:
      return { isBarrier, delaySeconds: 0, direction }
  }
}

const directionOf = (text: string | undefined): Obstacle['direction'] =>
  text === 'forward' || text === 'backward' ? text : 'both'
