import type { KitchenPlan } from '../types'
import { dish, menu } from './dish'

// biome-ignore format: a table, two lines a dish
export const southAsianKitchens: KitchenPlan[] = [
  {
    firstName: 'Lakshmi', lastName: 'Narayanan', name: 'Amma samayal', cuisines: ['south-indian', 'indian'],
    description: 'Tamil vegetarian food from a batter that is ground and fermented every night.',
    deliveryRadiusMeters: 7500, minimumOrderCents: 1000,
    menus: [
      menu('Tiffin', 'With sambar and coconut chutney.', [
        dish('Masala dosa', 1090, 15, 400, ['vegan'], ['mustard'],
          'Crisp rice and lentil pancake with spiced potato and mustard seeds.'),
        dish('Idli sambar', 890, 10, null, ['vegan'], ['mustard'],
          'Four steamed rice cakes with lentil and tamarind soup and mustard seeds.'),
        dish('Medu vada', 750, 15, 300, ['vegan'], ['mustard'],
          'Three fried lentil rings with curry leaf and black pepper.'),
        dish('Rava uttapam', 990, 15, 300, ['vegetarian'], ['gluten', 'milk', 'mustard'],
          'Thick semolina and yoghurt pancake with onion, tomato and green chilli.'),
      ]),
      menu('Saapadu', 'Rice meals.', [
        dish('Bisi bele bath', 1090, 15, null, ['vegetarian'], ['milk', 'nuts', 'mustard'],
          'Rice, lentils and vegetables cooked soft with tamarind, ghee and cashews.'),
        dish('Thayir sadam', 790, 10, null, ['vegetarian'], ['milk', 'mustard'],
          'Cool rice in yoghurt with ginger, curry leaf and mustard seeds.'),
        dish('Semiya payasam', 490, 5, null, ['vegetarian'], ['gluten', 'milk', 'nuts', 'sulphites'],
          'Vermicelli in sweet milk with cashews, raisins and cardamom.'),
      ]),
    ],
  },
  {
    firstName: 'Harpreet', lastName: 'Gill', name: 'Gills rasoi', cuisines: ['punjabi', 'indian'],
    description: 'Punjabi farm cooking with a good deal of butter, and no pretence about it.',
    deliveryRadiusMeters: 8500, minimumOrderCents: 1200,
    menus: [
      menu('Sabzi and dal', 'Vegetarian, with rice or roti.', [
        dish('Dal makhani', 1190, 10, null, ['vegetarian'], ['milk'],
          'Black lentils simmered overnight with butter and cream, with rice.'),
        dish('Chole bhature', 1190, 20, 300, ['vegetarian'], ['gluten', 'milk'],
          'Chickpeas in tea and pomegranate with two fried yoghurt breads.'),
        dish('Sarson da saag', 1190, 15, 200, ['vegetarian'], ['mustard', 'milk'],
          'Mustard greens and spinach with white butter, with maize roti.'),
        dish('Aloo gobi', 1050, 15, null, ['vegan'], ['gluten'],
          'Potato and cauliflower dry-fried with turmeric and ginger, with wheat roti.'),
      ]),
      menu('Tari wala', 'With meat.', [
        dish('Butter chicken', 1390, 15, 350, [], ['milk', 'nuts'],
          'Charred chicken in tomato, butter, cream and ground cashews, with rice.'),
        dish('Dhaba mutton curry', 1550, 15, 200, [], ['gluten', 'milk'],
          'Goat on the bone with black cardamom and yoghurt, with wheat roti.'),
        dish('Gajar halwa', 550, 5, null, ['vegetarian'], ['milk', 'nuts'],
          'Carrots cooked down in milk and ghee with almonds.'),
      ]),
    ],
  },
  {
    firstName: 'Sabiha', lastName: 'Chowdhury', name: 'Sabihas Sylhet', cuisines: ['bangladeshi', 'bengali'],
    description: 'Bengali fish, mustard and rice.',
    deliveryRadiusMeters: 8000, minimumOrderCents: 1200,
    menus: [
      menu('Bhat', 'Rice and what goes on it.', [
        dish('Shorshe ilish', 1690, 20, 200, ['halal'], ['fish', 'mustard'],
          'Hilsa, a bony and oily fish, steamed in ground mustard seed, with rice.'),
        dish('Kacchi biryani', 1550, 20, 250, ['halal'], ['milk', 'nuts', 'sulphites'],
          'Lamb and potatoes steamed under rice with yoghurt, almonds and plums.'),
        dish('Chingri malai', 1550, 15, 200, ['halal'], ['crustaceans'],
          'Prawns in coconut milk with cinnamon and green chilli, with rice.'),
        dish('Beef satkora', 1450, 15, 250, ['halal'], ['mustard'],
          'Beef cooked with the peel of a bitter Sylheti citrus in mustard oil, with rice.'),
        dish('Begun bhorta', 890, 10, null, ['vegan', 'halal'], ['mustard'],
          'Smoked aubergine mashed with mustard oil, onion and chilli, with rice and dal.'),
        dish('Mishti doi', 490, 5, null, ['vegetarian', 'halal'], ['milk'],
          'Yoghurt set with caramelised sugar in a clay cup.'),
      ]),
    ],
  },
  {
    firstName: 'Nilanthi', lastName: 'Perera', name: 'Nilanthis Galle', cuisines: ['sri-lankan'],
    description: 'Rice and curry from Galle with roasted spice and fresh coconut.',
    deliveryRadiusMeters: 7500, minimumOrderCents: 1200,
    menus: [
      menu('Rice and curry', 'Three vegetable curries come with each.', [
        dish('Kukul mas curry', 1390, 15, 250, [], ['mustard'],
          'Chicken in roasted curry powder and coconut milk, with red rice.'),
        dish('Ambul thiyal', 1450, 15, 200, [], ['fish', 'mustard'],
          'Tuna cooked dry with goraka and black pepper, with red rice.'),
        dish('Parippu and polos', 1150, 15, null, ['vegan'], ['mustard'],
          'Red lentils in coconut milk and young jackfruit curry, with red rice.'),
      ]),
      menu('Street and home', 'Fried and fermented.', [
        dish('Kottu roti', 1250, 15, 300, [], ['gluten', 'eggs', 'mustard'],
          'Chopped flatbread fried with chicken, egg, leek and curry sauce.'),
        dish('Appa, fyra stycken', 850, 20, 250, ['vegetarian'], ['eggs'],
          'Four bowl-shaped rice pancakes, two with an egg, with onion and chilli sambol.'),
        dish('Watalappan', 550, 5, 200, ['vegetarian'], ['eggs', 'nuts'],
          'Steamed coconut milk and egg custard with palm sugar and cashews.'),
      ]),
    ],
  },
]
