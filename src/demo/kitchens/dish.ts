import type { Allergen, DemoItem, DemoMenu, DietaryTag } from '../types'

/** What a cook says of a dish. That it is free from gluten, milk or nuts follows from its allergens. */
type Diet = 'vegetarian' | 'vegan' | 'halal' | 'kosher'

export const menu = (name: string, description: string, items: DemoItem[]): DemoMenu => ({ name, description, items })

export const dish = (
  name: string,
  priceCents: number,
  prepMinutes: number,
  portionsPerDay: number | null,
  diets: Diet[],
  allergens: Allergen[],
  description: string,
): DemoItem => ({
  name,
  description,
  priceCents,
  prepMinutes,
  dietaryTags: tagsOf(diets, allergens),
  allergens,
  portionsPerDay,
})

const tagsOf = (diets: Diet[], allergens: Allergen[]): DietaryTag[] => {
  const tags: DietaryTag[] = diets.includes('vegan') ? ['vegetarian', ...diets] : [...diets]
  if (!allergens.includes('gluten')) tags.push('gluten-free')
  if (!allergens.includes('milk')) tags.push('dairy-free')
  if (!allergens.includes('nuts') && !allergens.includes('peanuts')) tags.push('nut-free')
  return tags
}
