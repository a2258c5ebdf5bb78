import type { KitchenPlan } from '../types'
import { dish, menu } from './dish'

// biome-ignore format: a table, two lines a dish
export const plantKitchens: KitchenPlan[] = [
  {
    firstName: 'Tove', lastName: 'Engström', name: 'Rot och blad', cuisines: ['vegan', 'swedish'],
    description: 'Vegetables from allotments in Slottsskogskolonin, cooked without anything from animals.',
    deliveryRadiusMeters: 7000, minimumOrderCents: 1100,
    menus: [
      menu('Varmt', 'Warm, and filling.', [
        dish('Gulärtsbiffar med rotmos', 1190, 20, 300, ['vegan'], ['mustard', 'celery'],
          'Yellow pea patties with mashed swede and carrot, and mustard gravy.'),
        dish('Pasta med rostad blomkål', 1150, 15, 300, ['vegan'], ['gluten', 'nuts'],
          'Pasta with roasted cauliflower, cashew sauce, capers and lemon.'),
        dish('Svampgryta med korngryn', 1250, 15, 250, ['vegan'], ['gluten', 'soy', 'sulphites'],
          'Mushrooms and barley in red wine and soy sauce with thyme.'),
        dish('Lupinfärslåda', 1190, 20, 200, ['vegan'], ['lupin', 'mustard'],
          'Baked loaf of lupin and beans with mustard, boiled potatoes and cucumber salad.'),
      ]),
      menu('Kallt och sött', 'Salads and cake.', [
        dish('Bönsallad med rostad pumpa', 990, 10, null, ['vegan'], ['sulphites'],
          'White beans, roasted pumpkin, kale and pickled onion in white wine vinegar.'),
        dish('Havrebollar, fyra stycken', 490, 5, null, ['vegan'], ['gluten'],
          'Four cocoa and oat balls rolled in coconut.'),
      ]),
    ],
  },
  {
    firstName: 'Petter', lastName: 'Nyqvist', name: 'Utan vete', cuisines: ['gluten-free', 'bakery', 'swedish'],
    description: 'No cereal with gluten has been in this kitchen since my daughter was found to be coeliac.',
    deliveryRadiusMeters: 9000, minimumOrderCents: 1000,
    menus: [
      menu('Matbröd och mat', 'Loaves and lunch.', [
        dish('Bovetelimpa', 750, 5, 300, ['vegan'], [],
          'A dense loaf of buckwheat, linseed and psyllium.'),
        dish('Västerbottenpaj', 1090, 15, 300, ['vegetarian'], ['milk', 'eggs'],
          'Cheese tart in a rice flour crust, with a green salad.'),
        dish('Laxpudding', 1250, 20, 250, [], ['fish', 'milk', 'eggs'],
          'Layers of salted salmon, potato and dill in egg custard, with clarified butter.'),
        dish('Kycklinggryta med curry och äpple', 1190, 15, 300, [], ['milk', 'mustard'],
          'Chicken in cream with mild curry powder and apple, with rice.'),
      ]),
      menu('Fika', 'Sweet.', [
        dish('Mandelkubb', 550, 5, null, ['vegetarian'], ['nuts', 'milk', 'eggs'],
          'Three chewy almond buns with a hint of bitter almond.'),
        dish('Citronkaka', 490, 5, null, ['vegetarian'], ['eggs', 'milk'],
          'Lemon cake of maize and potato flour with yoghurt.'),
      ]),
    ],
  },
]
