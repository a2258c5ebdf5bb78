import { z } from 'zod'
import { Id } from '#core/ids'
import { PositionInput, Slug, Text, TimeZone } from '#core/schema'
import { ZoneSettings } from '#core/zones'

/** Only what is sent changes: a default must not come in for what is absent. */
export const ZoneSettingsChange = z
  .strictObject(
    Object.fromEntries(
      Object.entries(ZoneSettings.shape).map(([name, setting]) => [name, setting.removeDefault().optional()]),
    ) as {
      [K in keyof typeof ZoneSettings.shape]: z.ZodOptional<ReturnType<(typeof ZoneSettings.shape)[K]['removeDefault']>>
    },
  )
  .meta({ examples: [{ acceptTimeoutSeconds: 300 }] })
export type ZoneSettingsChange = z.output<typeof ZoneSettingsChange>

export const Polygon = z.array(PositionInput).min(3).max(500)

export const NewZone = z
  .strictObject({
    slug: Slug,
    name: Text(80),
    polygon: Polygon,
    currency: z.string().regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code, such as USD'),
    timeZone: TimeZone,
    settings: ZoneSettingsChange.optional(),
  })
  .meta({
    examples: [
      {
        slug: 'goteborg',
        name: 'Göteborg',
        polygon: [
          { lat: 57.65, lng: 11.85 },
          { lat: 57.65, lng: 12.1 },
          { lat: 57.77, lng: 12.1 },
        ],
        currency: 'USD',
        timeZone: 'Europe/Stockholm',
      },
    ],
  })
export type NewZone = z.output<typeof NewZone>

export const Zone = z
  .object({
    id: Id,
    slug: z.string(),
    name: z.string(),
    polygon: z.array(z.object({ lat: z.number(), lng: z.number() })),
    currency: z.string(),
    timeZone: z.string(),
  })
  .meta({
    examples: [
      {
        id: '01937f5a-7b1c-7c3e-9d2a-5f0e8b6a4c21',
        slug: 'goteborg',
        name: 'Göteborg',
        polygon: [
          { lat: 57.65, lng: 11.85 },
          { lat: 57.65, lng: 12.1 },
          { lat: 57.77, lng: 12.1 },
        ],
        currency: 'USD',
        timeZone: 'Europe/Stockholm',
      },
    ],
  })
export type Zone = z.output<typeof Zone>

export const ZoneWithSettings = z
  .object({ id: Id, settings: ZoneSettings })
  .meta({ examples: [{ id: '01937f5a-7b1c-7c3e-9d2a-5f0e8b6a4c21', settings: ZoneSettings.parse({}) }] })
