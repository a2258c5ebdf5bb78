import type { KitchenPlan } from '../types'
import { dish, menu } from './dish'

// biome-ignore format: a table, two lines a dish
export const eastAsianKitchens: KitchenPlan[] = [
  {
    firstName: 'Somchai', lastName: 'Rattanakul', name: 'Ban Somchai', cuisines: ['thai'],
    description: 'Curry pastes pounded at home, from a cook who grew up in Chiang Mai.',
    deliveryRadiusMeters: 7500, minimumOrderCents: 1200,
    menus: [
      menu('Curry', 'With jasmine rice.', [
        dish('Gaeng keow wan gai', 1390, 15, 300, [], ['fish', 'crustaceans'],
          'Green curry with chicken, Thai aubergine, basil, fish sauce and shrimp paste.'),
        dish('Khao soi', 1450, 15, 250, [], ['gluten', 'eggs', 'fish', 'crustaceans', 'soy', 'mustard'],
          'Egg noodles in yellow coconut curry with chicken, fried noodles and pickled mustard greens.'),
        dish('Massaman nuea', 1490, 15, 250, [], ['peanuts', 'fish', 'crustaceans'],
          'Beef and potatoes in a mild curry with peanuts, cinnamon and shrimp paste.'),
        dish('Gaeng pa pak', 1190, 15, 250, ['vegan'], ['soy'],
          'Jungle curry without coconut: tofu, green peppercorns, beans and krachai.'),
      ]),
      menu('Wok and salad', 'Made when you order.', [
        dish('Pad kra pao moo', 1290, 15, 300, [], ['soy', 'gluten', 'molluscs', 'fish', 'eggs'],
          'Minced pork with holy basil, chilli, oyster sauce and a fried egg, with rice.'),
        dish('Som tam thai', 950, 10, null, [], ['peanuts', 'fish', 'crustaceans'],
          'Green papaya salad with lime, fish sauce, dried shrimp and peanuts.'),
        dish('Khao niao mamuang', 650, 10, 250, ['vegan'], [],
          'Sticky rice in coconut milk with mango.'),
      ]),
    ],
  },
  {
    firstName: 'Hoa', lastName: 'Nguyen', name: 'Nhà Hoa', cuisines: ['vietnamese'],
    description: 'Northern Vietnamese soups with broth that has simmered for ten hours.',
    deliveryRadiusMeters: 7000, minimumOrderCents: 1100,
    menus: [
      menu('Phở và bún', 'Noodles; the broth travels in its own cup.', [
        dish('Phở bò', 1350, 10, 400, [], ['fish'],
          'Beef noodle soup with star anise, herbs, lime and fish sauce on flat rice noodles.'),
        dish('Phở chay', 1190, 10, 300, ['vegan'], ['soy', 'celery'],
          'Rice noodles in a broth of daikon, mushrooms and charred ginger, with tofu.'),
        dish('Bún chả', 1390, 20, 250, [], ['fish', 'sulphites'],
          'Charcoal-grilled pork patties with rice vermicelli, herbs and sweet fish sauce.'),
        dish('Bún bò Huế', 1390, 15, 200, [], ['fish', 'crustaceans'],
          'Beef and pork noodle soup with lemongrass, chilli and shrimp paste.'),
      ]),
      menu('Cuốn', 'Rolls.', [
        dish('Gỏi cuốn', 850, 10, 300, [], ['crustaceans', 'peanuts', 'soy', 'gluten'],
          'Three cold rice paper rolls with prawns, pork and herbs, with peanut hoisin.'),
        dish('Nem rán', 890, 15, 300, [], ['eggs', 'fish'],
          'Five fried rolls with pork, egg, wood ear and glass noodles, with fish sauce.'),
        dish('Chè ba màu', 550, 5, null, ['vegan'], [],
          'Three kinds of sweet beans and jelly with coconut milk and ice.'),
      ]),
    ],
  },
  {
    firstName: 'Min-ji', lastName: 'Park', name: 'Jip-bap', cuisines: ['korean'],
    description: 'Korean home meals; every box comes with two small side dishes.',
    deliveryRadiusMeters: 6500, minimumOrderCents: 1300,
    menus: [
      menu('Bap', 'Rice dishes.', [
        dish('Bibimbap', 1390, 15, 300, [], ['soy', 'gluten', 'sesame', 'eggs'],
          'Rice with beef, spinach, carrot, shiitake, a fried egg, soy sauce and sesame.'),
        dish('Dubu bibimbap', 1290, 15, 300, ['vegan'], ['soy', 'gluten', 'sesame'],
          'Rice with marinated tofu, five vegetables and fermented chilli paste with sesame.'),
        dish('Jeyuk bokkeum', 1390, 15, 250, [], ['soy', 'gluten', 'sesame'],
          'Pork and onion fried hot in chilli paste, with rice and lettuce to wrap it in.'),
        dish('Gimbap', 990, 15, 300, [], ['eggs', 'sesame', 'soy', 'gluten', 'fish'],
          'Seaweed roll with rice, tuna, egg, pickled radish and sesame oil, cut in ten.'),
      ]),
      menu('Jjigae', 'Stews with rice.', [
        dish('Kimchi jjigae', 1290, 15, 300, [], ['fish', 'crustaceans', 'soy', 'gluten'],
          'Old kimchi stewed with pork and tofu; the kimchi has fish sauce and shrimp in it.'),
        dish('Sundubu jjigae', 1350, 15, 250, [], ['soy', 'molluscs', 'crustaceans', 'eggs', 'gluten'],
          'Soft tofu in chilli broth with clams, prawns and an egg.'),
        dish('Hotteok', 550, 10, 250, ['vegan'], ['gluten', 'peanuts'],
          'Two pan-fried buns filled with brown sugar, cinnamon and peanuts.'),
      ]),
    ],
  },
  {
    firstName: 'Yuki', lastName: 'Tanaka', name: 'Obento Yuki', cuisines: ['japanese'],
    description: 'Boxed lunches and donburi as my grandmother in Osaka packs them.',
    deliveryRadiusMeters: 6500, minimumOrderCents: 1200,
    menus: [
      menu('Bento and donburi', 'One box, one meal.', [
        dish('Shake bento', 1490, 20, 200, [], ['fish', 'eggs', 'soy', 'gluten', 'sesame'],
          'Grilled salted salmon, rolled omelette, spinach with sesame, pickles and rice.'),
        dish('Oyakodon', 1250, 15, 300, [], ['eggs', 'soy', 'gluten', 'fish'],
          'Chicken and egg simmered in dashi and soy sauce over rice.'),
        dish('Katsu kare', 1390, 20, 250, [], ['gluten', 'eggs', 'milk', 'soy', 'celery', 'mustard'],
          'Breaded pork cutlet with mild curry sauce and rice.'),
        dish('Nasu dengaku don', 1150, 15, 250, ['vegan'], ['soy', 'sesame'],
          'Aubergine glazed with rice miso and sesame over rice.'),
      ]),
      menu('Osaka', 'From the hot plate.', [
        dish('Okonomiyaki', 1290, 20, 250, [], ['gluten', 'eggs', 'fish', 'soy', 'crustaceans', 'mustard'],
          'Cabbage pancake with prawns, egg, brown sauce, mayonnaise and bonito flakes.'),
        dish('Kitsune udon', 1090, 10, null, [], ['gluten', 'soy', 'fish'],
          'Wheat noodles in dashi with sweet fried tofu.'),
      ]),
    ],
  },
  {
    firstName: 'Wei', lastName: 'Zhang', name: 'Chengdu hemma', cuisines: ['sichuan', 'chinese'],
    description: 'Sichuan dishes with real peppercorn; numbing is normal.',
    deliveryRadiusMeters: 7500, minimumOrderCents: 1200,
    menus: [
      menu('Jiachang cai', 'Home dishes with steamed rice.', [
        dish('Mapo doufu', 1250, 15, 300, [], ['soy', 'gluten'],
          'Soft tofu with minced beef, fermented bean paste and Sichuan pepper.'),
        dish('Gong bao ji ding', 1350, 15, 300, [], ['peanuts', 'soy', 'gluten'],
          'Diced chicken with dried chillies, spring onion, soy sauce and peanuts.'),
        dish('Yu xiang qiezi', 1150, 15, null, ['vegan'], ['soy', 'gluten'],
          'Aubergine in sweet and sour chilli bean sauce with garlic and ginger.'),
        dish('Hui guo rou', 1390, 15, 250, [], ['soy', 'gluten'],
          'Pork belly boiled, sliced and fried with leek and black beans.'),
      ]),
      menu('Mian', 'Noodles and cold dishes.', [
        dish('Dan dan mian', 1190, 15, 300, [], ['gluten', 'soy', 'sesame', 'peanuts'],
          'Wheat noodles with pork, preserved greens, chilli oil, sesame and peanuts.'),
        dish('Liang ban huanggua', 550, 5, null, ['vegan'], ['soy', 'gluten', 'sesame'],
          'Smashed cucumber with garlic, soy sauce, black vinegar and sesame oil.'),
      ]),
    ],
  },
  {
    firstName: 'Maricel', lastName: 'Santos', name: 'Kusina ni Maricel', cuisines: ['filipino'],
    description: 'Weekend food from Batangas on weekdays, too.',
    deliveryRadiusMeters: 8000, minimumOrderCents: 1100,
    menus: [
      menu('Ulam', 'Mains with rice.', [
        dish('Adobong manok', 1250, 15, 300, [], ['soy', 'gluten', 'sulphites'],
          'Chicken braised in cane vinegar, soy sauce, garlic and bay leaf.'),
        dish('Sinigang na baboy', 1350, 15, 250, [], ['fish'],
          'Pork and radish in sour tamarind broth with fish sauce.'),
        dish('Kare-kare', 1490, 20, 200, [], ['peanuts', 'crustaceans'],
          'Oxtail and banana blossom in peanut sauce, with fermented shrimp on the side.'),
        dish('Ginataang kalabasa', 1090, 15, null, ['vegan'], [],
          'Squash and long beans in coconut milk with ginger.'),
      ]),
      menu('Merienda', 'For the afternoon.', [
        dish('Pancit canton', 1150, 15, 300, [], ['gluten', 'soy', 'crustaceans', 'eggs', 'celery', 'molluscs'],
          'Wheat and egg noodles fried with prawns, chicken, cabbage and oyster sauce.'),
        dish('Lumpiang Shanghai', 850, 15, 400, [], ['gluten', 'eggs', 'soy'],
          'Twelve thin fried rolls with pork and carrot, with sweet chilli sauce.'),
        dish('Leche flan', 550, 5, 200, ['vegetarian'], ['milk', 'eggs'],
          'Egg yolk and milk custard with caramel.'),
      ]),
    ],
  },
]
