-- The job of bringing one order; it begins when the kitchen has accepted.
create table deliveries (
  order_id     uuid primary key references orders,
  zone_id      uuid not null,
  status       text not null check (status in ('unassigned', 'offered', 'assigned', 'at_pickup', 'picked_up',
                 'in_transit', 'at_dropoff', 'delivered', 'failed', 'cancelled')),
  driver_id    uuid references drivers,
  offer_id     uuid,
  created_at   timestamptz not null,
  assigned_at  timestamptz,
  picked_up_at timestamptz,
  delivered_at timestamptz,
  -- What the driver showed at the door: the kind of proof, never the code itself.
  proof        jsonb,
  food_outcome text check (food_outcome in ('returned', 'left_at_door', 'disposed')),
  constraint deliveries_driver check ((driver_id is not null) =
    (status in ('assigned', 'at_pickup', 'picked_up', 'in_transit', 'at_dropoff', 'delivered', 'failed'))),
  constraint deliveries_offer check ((offer_id is not null) = (status = 'offered'))
);

create index deliveries_waiting on deliveries (zone_id) where status in ('unassigned', 'offered');
create index deliveries_of_driver on deliveries (driver_id, order_id desc);

-- No driver in two places: one delivery at a time until bundles come.
create unique index deliveries_one_per_driver on deliveries (driver_id)
  where status in ('assigned', 'at_pickup', 'picked_up', 'in_transit', 'at_dropoff');

create table offers (
  id         uuid primary key,
  zone_id    uuid not null,
  driver_id  uuid not null references drivers,
  order_ids  uuid[] not null check (cardinality(order_ids) between 1 and 4),
  status     text not null check (status in ('open', 'accepted', 'declined', 'expired', 'withdrawn')),
  pay_cents  bigint not null check (pay_cents >= 0),
  currency   text not null,
  pickup_seconds integer not null,
  reason     text,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  closed_at  timestamptz
);

create unique index offers_one_open_per_driver on offers (driver_id) where status = 'open';
create index offers_by_expiry on offers (expires_at) where status = 'open';
create index offers_of_order on offers using gin (order_ids);

alter table deliveries add foreign key (offer_id) references offers;

-- Why a round decided as it did, for each delivery it looked at.
create table dispatch_decisions (
  id         uuid primary key,
  zone_id    uuid not null,
  order_id   uuid not null references orders,
  outcome    text not null check (outcome in ('offered', 'assigned', 'unassigned', 'no_driver')),
  driver_id  uuid references drivers,
  policy     text not null,
  candidates jsonb not null,
  decided_at timestamptz not null
);

create index dispatch_decisions_of_order on dispatch_decisions (order_id, id desc);
create index dispatch_decisions_by_age on dispatch_decisions (decided_at);
