import { z } from 'zod'
import { Id } from '#core/ids'
import { Text } from '#core/schema'

export const DIETARY_TAGS = ['vegetarian', 'vegan', 'gluten-free', 'dairy-free', 'nut-free', 'halal', 'kosher'] as const

/** The fourteen of EU Regulation 1169/2011, annex II. */
export const ALLERGENS = [
  'celery',
  'crustaceans',
  'eggs',
  'fish',
  'gluten',
  'lupin',
  'milk',
  'molluscs',
  'mustard',
  'nuts',
  'peanuts',
  'sesame',
  'soy',
  'sulphites',
] as const

const PRICE_CENTS_MAX = 10_000_000

const menu = { name: Text(80), description: Text(500, 0), position: z.int().min(0).max(1_000) }

export const NewMenu = z
  .strictObject({ ...menu, description: menu.description.default(''), position: menu.position.default(0) })
  .meta({ examples: [{ name: 'Lunch' }] })
export type NewMenu = z.output<typeof NewMenu>

export const MenuChange = z
  .strictObject(menu)
  .partial()
  .meta({ examples: [{ name: 'Dinner' }] })
export type MenuChange = z.output<typeof MenuChange>

const item = {
  name: Text(120),
  description: Text(1_000, 0),
  priceCents: z.int().min(1).max(PRICE_CENTS_MAX),
  prepMinutes: z.int().min(0).max(480),
  dietaryTags: z.array(z.enum(DIETARY_TAGS)).max(DIETARY_TAGS.length),
  allergens: z.array(z.enum(ALLERGENS)).max(ALLERGENS.length),
  isAvailable: z.boolean(),
  portionsPerDay: z.int().min(0).max(10_000).nullable(),
  position: z.int().min(0).max(1_000),
}

const itemExample = {
  name: 'Khao soi',
  description: 'Curry noodle soup with chicken leg and pickled mustard greens.',
  priceCents: 1_290,
  prepMinutes: 20,
  dietaryTags: ['dairy-free' as const],
  isAvailable: true,
}

export const NewItem = z
  .strictObject({
    ...item,
    description: item.description.default(''),
    prepMinutes: item.prepMinutes.default(20),
    dietaryTags: item.dietaryTags.default([]),
    allergens: item.allergens.default([]),
    isAvailable: item.isAvailable.default(true),
    portionsPerDay: item.portionsPerDay.default(null),
    position: item.position.default(0),
  })
  .meta({ examples: [itemExample] })
export type NewItem = z.output<typeof NewItem>

export const ItemChange = z
  .strictObject(item)
  .partial()
  .meta({ examples: [{ isAvailable: false }] })
export type ItemChange = z.output<typeof ItemChange>

export const MenuItem = z
  .object({
    id: Id,
    name: z.string(),
    description: z.string(),
    priceCents: z.int(),
    prepMinutes: z.int(),
    dietaryTags: z.array(z.string()),
    allergens: z.array(z.string()),
    /** False when switched off, and when today's portions are gone. */
    isAvailable: z.boolean(),
    portionsPerDay: z.int().nullable(),
    portionsLeft: z.int().nullable(),
  })
  .meta({
    examples: [
      {
        id: '01937f5a-7b1c-7c3e-9d2a-5f0e8b6a4c24',
        ...itemExample,
        allergens: ['gluten', 'eggs'],
        portionsPerDay: 30,
        portionsLeft: 12,
      },
    ],
  })
export type MenuItem = z.output<typeof MenuItem>

export const Menu = z
  .object({ id: Id, name: z.string(), description: z.string(), items: z.array(MenuItem) })
  .meta({ examples: [{ id: '01937f5a-7b1c-7c3e-9d2a-5f0e8b6a4c25', name: 'Lunch', description: '', items: [] }] })
export type Menu = z.output<typeof Menu>

export const ChefMenus = z
  .object({ chefId: Id, menus: z.array(Menu) })
  .meta({ examples: [{ chefId: '01937f5a-7b1c-7c3e-9d2a-5f0e8b6a4c21', menus: [] }] })
export type ChefMenus = z.output<typeof ChefMenus>
