import type { KitchenPlan } from '../types'
import { dish, menu } from './dish'

// biome-ignore format: a table, two lines a dish
export const americanKitchens: KitchenPlan[] = [
  {
    firstName: 'Guadalupe', lastName: 'Herrera', name: 'Cocina de Lupe', cuisines: ['mexican'],
    description: 'Oaxacan moles and tortillas pressed from nixtamal.',
    deliveryRadiusMeters: 7500, minimumOrderCents: 1200,
    menus: [
      menu('Antojitos', 'On maize tortillas.', [
        dish('Tacos de cochinita pibil', 1250, 15, 350, [], [],
          'Three tacos with pork baked in achiote and sour orange, with pickled red onion.'),
        dish('Tacos de hongos y rajas', 1090, 15, 300, ['vegan'], [],
          'Three tacos with oyster mushrooms, poblano strips and green salsa.'),
        dish('Tlayuda', 1350, 20, 200, [], ['milk', 'sulphites'],
          'A large toasted tortilla with beans, stringy cheese, chorizo of pork and avocado.'),
        dish('Enchiladas verdes', 1290, 15, 300, [], ['milk'],
          'Rolled tortillas with chicken in tomatillo sauce, cream and fresh cheese.'),
      ]),
      menu('Platos', 'With rice and beans.', [
        dish('Mole negro con pollo', 1550, 20, 200, [], ['sesame', 'nuts', 'peanuts', 'gluten', 'sulphites'],
          'Chicken in a sauce of chillies, chocolate, sesame, almonds and peanuts, thickened with bread.'),
        dish('Pozole rojo', 1350, 15, 250, [], [],
          'Hominy and pork soup with red chilli, radish, lettuce and oregano.'),
        dish('Arroz con leche', 450, 5, null, ['vegetarian'], ['milk'],
          'Rice pudding with cinnamon and lime peel.'),
      ]),
    ],
  },
  {
    firstName: 'Rosa', lastName: 'Quispe', name: 'Rosas Cusco', cuisines: ['peruvian'],
    description: 'Food of the coast and the Andes, with ají from my sister\'s garden.',
    deliveryRadiusMeters: 7000, minimumOrderCents: 1300,
    menus: [
      menu('Platos', 'Mains.', [
        dish('Lomo saltado', 1550, 15, 250, [], ['soy', 'gluten', 'sulphites'],
          'Beef fried with onion, tomato, soy sauce and vinegar, with chips and rice.'),
        dish('Ají de gallina', 1390, 15, 250, [], ['milk', 'gluten', 'nuts', 'eggs'],
          'Shredded chicken in yellow chilli, bread, walnuts and parmesan, with egg and rice.'),
        dish('Ceviche clásico', 1490, 15, 200, [], ['fish', 'celery'],
          'Cod in lime and chilli with sweet potato, maize and red onion.'),
        dish('Causa de palta', 1050, 10, 250, ['vegan'], [],
          'Cold layers of yellow potato with lime and chilli, filled with avocado and tomato.'),
        dish('Quinua chaufa', 1150, 15, null, ['vegetarian'], ['soy', 'gluten', 'eggs', 'sesame'],
          'Quinoa fried with egg, spring onion, ginger and soy sauce.'),
      ]),
      menu('Postres', 'Sweets.', [
        dish('Alfajores limeños', 550, 5, null, ['vegetarian'], ['gluten', 'milk', 'eggs'],
          'Four crumbly maize and wheat biscuits with boiled milk caramel.'),
      ]),
    ],
  },
  {
    firstName: 'Camila', lastName: 'Rojas', name: 'La picada de Camila', cuisines: ['chilean'],
    description: 'Chilean family dishes; my parents came to Hisingen from Valparaíso in 1976.',
    deliveryRadiusMeters: 8000, minimumOrderCents: 1100,
    menus: [
      menu('Almuerzo', 'Lunch at any hour.', [
        dish('Pastel de choclo', 1390, 25, 250, [], ['milk', 'eggs', 'sulphites'],
          'Beef, chicken, egg, olives and raisins baked under sweet maize.'),
        dish('Cazuela de vacuno', 1350, 15, 250, [], ['celery'],
          'Clear soup with beef on the bone, pumpkin, maize, potato and rice.'),
        dish('Porotos granados', 1090, 15, null, ['vegan'], [],
          'Fresh beans with pumpkin, maize and basil.'),
        dish('Completo italiano', 850, 10, 400, [], ['gluten', 'eggs', 'mustard'],
          'Pork hot dog in a bun with tomato, avocado and mayonnaise.'),
      ]),
      menu('Empanadas', 'Baked, not fried.', [
        dish('Empanada de pino', 690, 10, 400, [], ['gluten', 'eggs', 'milk', 'sulphites'],
          'One large turnover with chopped beef, onion, egg, an olive and raisins.'),
        dish('Empanada de champiñón', 650, 10, 300, ['vegetarian'], ['gluten', 'eggs', 'milk'],
          'One large turnover with mushrooms and cheese.'),
      ]),
    ],
  },
]
