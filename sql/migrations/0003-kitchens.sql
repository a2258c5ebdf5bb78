create table zones (
  id         uuid primary key,
  slug       text not null unique check (slug ~ '^[a-z0-9-]+$'),
  name       text not null,
  -- (lng, lat) corners; @> asks whether a point lies inside.
  area       polygon not null,
  currency   text not null check (currency ~ '^[A-Z]{3}$'),
  time_zone  text not null,
  settings   jsonb not null default '{}' check (jsonb_typeof(settings) = 'object'),
  created_at timestamptz not null
);

create index zones_by_area on zones using gist (area);

create table chefs (
  id                     uuid primary key,
  user_id                uuid not null unique references users,
  zone_id                uuid not null references zones,
  name                   text not null,
  description            text not null default '',
  cuisines               text[] not null default '{}',
  street                 text not null,
  city                   text not null,
  postal_code            text not null,
  -- (lng, lat)
  location               point not null,
  time_zone              text not null,
  -- [{weekday: 1 (Monday) to 7, opens: 'HH:MM', closes: 'HH:MM'}] in the chef's time zone; null: whenever not on vacation
  hours                  jsonb,
  vacation_from          timestamptz,
  vacation_until         timestamptz,
  minimum_order_cents    bigint not null default 0 check (minimum_order_cents >= 0),
  delivery_radius_meters integer not null default 8000 check (delivery_radius_meters between 100 and 50000),
  verification_status    text not null default 'pending'
                         check (verification_status in ('pending', 'approved', 'rejected', 'suspended')),
  rating_sum             bigint not null default 0,
  rating_count           bigint not null default 0,
  created_at             timestamptz not null
);

create index chefs_by_location on chefs using gist (location) where verification_status = 'approved';
create index chefs_of_zone on chefs (zone_id);

create table menus (
  id          uuid primary key,
  chef_id     uuid not null references chefs,
  name        text not null,
  description text not null default '',
  position    integer not null default 0,
  created_at  timestamptz not null,
  deleted_at  timestamptz
);

create index menus_of_chef on menus (chef_id) where deleted_at is null;

create table menu_items (
  id               uuid primary key,
  menu_id          uuid not null references menus,
  chef_id          uuid not null references chefs,
  name             text not null,
  description      text not null default '',
  price_cents      bigint not null check (price_cents between 1 and 10000000),
  prep_minutes     integer not null check (prep_minutes between 0 and 480),
  dietary_tags     text[] not null default '{}',
  allergens        text[] not null default '{}',
  is_available     boolean not null default true,
  -- Null: no limit.
  portions_per_day integer check (portions_per_day between 0 and 10000),
  position         integer not null default 0,
  created_at       timestamptz not null,
  -- Orders refer to what was bought, so an item is hidden, never removed.
  deleted_at       timestamptz
);

create index menu_items_of_menu on menu_items (menu_id) where deleted_at is null;
create index menu_items_of_chef on menu_items (chef_id) where deleted_at is null;

-- Portions taken of an item on a day of the chef's calendar. A row exists from the first order of the day.
create table item_portions (
  item_id        uuid not null references menu_items,
  day            date not null,
  reserved_count integer not null check (reserved_count >= 0),
  primary key (item_id, day)
);

create table promotions (
  id                   uuid primary key,
  code                 text not null check (code = upper(code)),
  discount_bps         integer not null check (discount_bps between 1 and 10000),
  discount_cents_max   bigint check (discount_cents_max > 0),
  subtotal_cents_min   bigint not null default 0,
  starts_at            timestamptz not null,
  ends_at              timestamptz not null check (ends_at > starts_at),
  redemption_count     integer not null default 0,
  redemption_count_max integer check (redemption_count <= redemption_count_max),
  created_at           timestamptz not null
);

create unique index promotions_code_key on promotions (code);
