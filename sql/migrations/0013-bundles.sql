-- A driver brings up to four orders at once. Each takes one of his four slots, so that no race can give him a fifth; an older
-- version, which knows one order at a time, always takes the first.
alter table deliveries add column slot smallint not null default 1 check (slot between 1 and 4);
drop index deliveries_one_per_driver;
create unique index deliveries_slot_of_driver on deliveries (driver_id, slot)
  where status in ('assigned', 'at_pickup', 'picked_up', 'in_transit', 'at_dropoff');

alter table deliveries
  -- Since when it is without a driver again; null: since it began.
  add column waiting_since timestamptz,
  -- Any driver may take it: nobody who was asked wanted it.
  add column on_board_at timestamptz,
  -- Operators were told that nobody takes it, that its driver is silent, or that he does not come.
  add column untaken_at timestamptz,
  add column astray_at timestamptz,
  -- How near its driver has come to the kitchen, and when he last came nearer.
  add column nearest_meters integer,
  add column nearer_at timestamptz,
  -- An operator keeps it back: no round and no board gives it to anybody.
  add column held_at timestamptz,
  add column held_reason text;

alter table drivers
  add column capacity smallint not null default 4 check (capacity between 1 and 4),
  -- Takes what he is given: an offer to him is accepted as it is made.
  add column is_employed boolean not null default false,
  -- What he has to visit, in order: [{type, orderId}]. What is done or not his any more is skipped, what is missing comes last.
  add column route jsonb not null default '[]',
  -- Offers answered and accepted, the older ones counting less.
  add column offers_answered real not null default 0,
  add column offers_accepted real not null default 0,
  -- Nothing is heard of him though he has orders, and whether operators know that he has food.
  add column silent_since timestamptz,
  add column silent_with_food_at timestamptz;
create index drivers_silent on drivers (id) where silent_since is not null;

alter table offers
  -- What he had to bring when he was asked: with anything else he may not accept.
  add column beside_order_ids uuid[] not null default '{}',
  -- The order of the doors, of all that he would have then.
  add column dropoff_order_ids uuid[] not null default '{}',
  add column is_automatic boolean not null default false;

-- Who is not to be asked for an order, beside those who declined it.
create table driver_blocks (
  order_id   uuid not null references orders,
  driver_id  uuid not null references drivers,
  -- By an operator he may not take it from the board either.
  by         text not null check (by in ('driver', 'operator', 'system')),
  reason     text,
  actor_id   uuid,
  created_at timestamptz not null,
  primary key (order_id, driver_id)
);

alter table dispatch_decisions
  add column actor_id uuid,
  add column reason text,
  drop constraint dispatch_decisions_outcome_check,
  add constraint dispatch_decisions_outcome_check check (outcome ~ '^[a-z_]{1,30}$');
