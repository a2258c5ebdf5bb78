import { z } from 'zod'
import type { LatLng } from '#core/geo'
import { PositionInput, Text } from '#core/schema'

/** An address as it is sent. Its coordinates may be left out where a geocoder is configured. */
export const AddressInput = z.strictObject({
  street: Text(200),
  city: Text(100),
  postalCode: Text(20),
  coordinates: PositionInput.optional().meta({
    description: 'May be left out where the server can look addresses up; otherwise that is refused with 422.',
  }),
})
export type AddressInput = z.output<typeof AddressInput>

/** One whose place is known. */
export type Located<A extends AddressInput = AddressInput> = A & { coordinates: LatLng }
