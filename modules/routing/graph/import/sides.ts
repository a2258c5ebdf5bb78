import type { DirectionUse } from './profiles/rules'
import type { RoadNetwork } from './road-network'

/** How a side is used; undefined when it is not driven. */
export const useOf = (network: RoadNetwork, side: number): DirectionUse | undefined => {
  const kind = network.kinds[network.roadKind[side >> 1]!]!
  return (side & 1) === 0 ? kind.forward : kind.backward
}
