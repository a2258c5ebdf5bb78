import type { KitchenPlan } from '../types'
import { dish, menu } from './dish'

// biome-ignore format: a table, two lines a dish
export const nordicKitchens: KitchenPlan[] = [
  {
    firstName: 'Birgitta', lastName: 'Lundqvist', name: 'Birgittas husmanskost', cuisines: ['swedish'],
    description: 'Swedish weekday food the way it was served in my mother\'s kitchen in Borås.',
    deliveryRadiusMeters: 8000, minimumOrderCents: 1000,
    menus: [
      menu('Vardagsmat', 'Warm plates for any day of the week.', [
        dish('Köttbullar med potatismos', 1350, 20, 300, [], ['gluten', 'milk', 'eggs'],
          'Beef and pork meatballs with mashed potatoes, cream sauce, lingonberries and pressed cucumber.'),
        dish('Raggmunk med fläsk', 1250, 20, 250, [], ['gluten', 'milk', 'eggs'],
          'Potato pancakes fried in butter, with salted pork and lingonberries.'),
        dish('Kalops', 1450, 15, 200, [], ['gluten'],
          'Beef stewed with allspice, bay leaf and carrot, with boiled potatoes and pickled beetroot.'),
        dish('Rotmosgratäng', 1150, 20, 250, ['vegetarian'], ['milk', 'celery'],
          'Swede, carrot and celeriac baked with cream and Västerbotten cheese.'),
      ]),
      menu('Torsdag hela veckan', 'Pea soup and pancakes, and not only on Thursdays.', [
        dish('Ärtsoppa', 1050, 10, null, [], ['mustard'],
          'Yellow pea soup with pork, thyme and marjoram, with mustard on the side.'),
        dish('Pannkakor med sylt', 750, 15, null, ['vegetarian'], ['gluten', 'milk', 'eggs'],
          'Four thin pancakes with strawberry jam and whipped cream.'),
      ]),
    ],
  },
  {
    firstName: 'Göran', lastName: 'Hellström', name: 'Västkustköket', cuisines: ['swedish', 'seafood'],
    description: 'Fish and shellfish bought at the auction in the morning and cooked in the afternoon.',
    deliveryRadiusMeters: 7000, minimumOrderCents: 1400,
    menus: [
      menu('From the boat', 'Warm fish dishes.', [
        dish('Fisksoppa med saffran', 1450, 20, 250, [], ['fish', 'crustaceans', 'milk', 'celery', 'gluten'],
          'Cod, salmon and prawns in a saffron and fennel broth, with sourdough bread.'),
        dish('Stekt strömming', 1250, 15, 250, [], ['fish', 'gluten', 'milk'],
          'Baltic herring turned in rye flour and fried in butter, with mash and lingonberries.'),
        dish('Torsk med äggsås', 1590, 20, 200, [], ['fish', 'eggs', 'milk', 'gluten'],
          'Poached cod with chopped egg in white sauce, boiled potatoes and green peas.'),
        dish('Blåmusslor i vitt vin', 1490, 15, 200, [], ['molluscs', 'milk', 'sulphites', 'celery'],
          'A kilo of blue mussels steamed in white wine, cream and parsley.'),
      ]),
      menu('Cold', 'From the cold counter.', [
        dish('Räksmörgås', 1550, 10, 200, [], ['crustaceans', 'gluten', 'eggs', 'milk', 'mustard'],
          'Hand-peeled prawns heaped on buttered bread with egg, mayonnaise, dill and lemon.'),
        dish('Matjessill med gräddfil', 950, 10, null, [], ['fish', 'milk'],
          'Matjes herring with sour cream, chives, red onion and new potatoes.'),
      ]),
    ],
  },
  {
    firstName: 'Aino', lastName: 'Korhonen', name: 'Ainon keittiö', cuisines: ['finnish'],
    description: 'Karelian and Finnish home food, rye first.',
    deliveryRadiusMeters: 6500, minimumOrderCents: 1000,
    menus: [
      menu('Arki', 'Everyday dishes from the oven and the pot.', [
        dish('Karjalanpaisti', 1350, 15, 200, [], ['celery'],
          'Karelian stew of beef and pork, baked overnight with root vegetables and allspice.'),
        dish('Lohikeitto', 1290, 15, 250, [], ['fish', 'milk'],
          'Salmon soup with potatoes, leek, cream and a good deal of dill.'),
        dish('Makaronilaatikko', 1050, 20, null, [], ['gluten', 'milk', 'eggs'],
          'Macaroni baked with minced beef and an egg custard, with ketchup or without.'),
        dish('Sienikastike ja perunat', 1090, 15, 250, ['vegetarian'], ['milk', 'gluten'],
          'Forest mushrooms in cream sauce over boiled potatoes.'),
      ]),
      menu('Leipomo', 'Baked the same morning.', [
        dish('Karjalanpiirakat', 650, 5, null, ['vegetarian'], ['gluten', 'milk', 'eggs'],
          'Three rye crusts filled with rice porridge, with egg butter to spread.'),
        dish('Mustikkapiirakka', 550, 5, null, ['vegetarian'], ['gluten', 'milk', 'eggs'],
          'Bilberry tart with sour cream filling.'),
      ]),
    ],
  },
  {
    firstName: 'Elle-Marja', lastName: 'Nutti', name: 'Lávvu', cuisines: ['sami', 'swedish'],
    description: 'Reindeer from my family\'s own herd in Jokkmokk, and what grows beside it.',
    deliveryRadiusMeters: 8500, minimumOrderCents: 1400,
    menus: [
      menu('From the herd', 'Reindeer, fish and bread.', [
        dish('Renskav', 1650, 15, 200, [], ['milk'],
          'Thinly shaved reindeer with mushrooms and cream, mash and raw-stirred lingonberries.'),
        dish('Bidos', 1550, 15, 200, [], [],
          'The soup of Sami weddings: reindeer, potatoes and carrots, and nothing to thicken it.'),
        dish('Suovas i gáhkku', 1450, 15, 250, [], ['gluten', 'milk', 'sulphites'],
          'Smoked and fried reindeer in soft flatbread with lingonberry cream.'),
        dish('Rökt röding', 1590, 15, 200, [], ['fish', 'milk'],
          'Smoked Arctic char with warm potatoes and sour cream with horseradish.'),
        dish('Blodpalt', 1250, 15, 200, [], ['gluten', 'milk'],
          'Dumplings of reindeer blood and barley flour with butter and lingonberries.'),
      ]),
      menu('Sweet', 'After the meat.', [
        dish('Hjortron med kaffeost', 850, 10, 200, ['vegetarian'], ['milk'],
          'Warm cloudberries with cubes of baked cheese.'),
      ]),
    ],
  },
  {
    firstName: 'Kerstin', lastName: 'Ahlgren', name: 'Sju sorters kakor', cuisines: ['bakery', 'swedish'],
    description: 'A retired pastry cook\'s fika, baked from six in the morning and sold until it is gone.',
    deliveryRadiusMeters: 6000, minimumOrderCents: 1000,
    menus: [
      menu('Bullar', 'Buns with yeast and butter.', [
        dish('Kanelbullar, tre stycken', 650, 5, 400, ['vegetarian'], ['gluten', 'milk', 'eggs'],
          'Three cinnamon buns with pearl sugar.'),
        dish('Kardemummaknutar, tre stycken', 690, 5, 400, ['vegetarian'], ['gluten', 'milk', 'eggs'],
          'Three knotted buns with coarsely ground cardamom.'),
        dish('Semla', 590, 5, 300, ['vegetarian'], ['gluten', 'milk', 'eggs', 'nuts'],
          'A wheat bun filled with almond paste and whipped cream, all year round.'),
      ]),
      menu('Kakor', 'Cakes and biscuits.', [
        dish('Kladdkaka med grädde', 550, 5, null, ['vegetarian'], ['gluten', 'milk', 'eggs'],
          'Sticky chocolate cake with whipped cream.'),
        dish('Prinsesstårtbit', 650, 5, 300, ['vegetarian'], ['gluten', 'milk', 'eggs', 'nuts'],
          'A slice of sponge cake with custard, raspberry jam and cream under green marzipan of almonds.'),
        dish('Hallongrottor, fyra stycken', 490, 5, null, ['vegan'], ['gluten'],
          'Four shortbread thimbles with raspberry jam, made with rapeseed spread.'),
        dish('Smörgåstårta för två', 1690, 20, 200, [], ['gluten', 'milk', 'eggs', 'crustaceans', 'fish', 'mustard'],
          'Layered sandwich cake with prawns, smoked salmon, egg and cucumber.'),
      ]),
    ],
  },
]
