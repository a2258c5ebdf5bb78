create table drivers (
  id                  uuid primary key,
  user_id             uuid not null unique references users,
  vehicle_type        text not null check (vehicle_type in ('car', 'bike', 'scooter', 'motorcycle')),
  license_plate       text,
  verification_status text not null default 'pending'
                      check (verification_status in ('pending', 'approved', 'rejected', 'suspended')),
  is_available        boolean not null default false,
  available_since     timestamptz,
  created_at          timestamptz not null
);

create index drivers_available on drivers (id) where is_available;

-- The newest fix of each driver, written in batches: what a restarted process starts from.
create table driver_positions (
  driver_id   uuid primary key references drivers,
  fix         jsonb not null,
  recorded_at timestamptz not null
);

create table quotes (
  id                   uuid primary key,
  customer_id          uuid not null references users,
  chef_id              uuid not null references chefs,
  zone_id              uuid not null,
  -- What was asked for: items, delivery address, promotion.
  request              jsonb not null,
  -- The priced result, as it is sent to the client and copied into the order.
  price                jsonb not null,
  promotion_id         uuid references promotions,
  created_at           timestamptz not null,
  expires_at           timestamptz not null
);

create index quotes_by_expiry on quotes (expires_at);

create table orders (
  id                    uuid primary key,
  order_number          text not null constraint orders_order_number_key unique,
  customer_id           uuid not null references users,
  chef_id               uuid not null references chefs,
  -- The kitchen's zone. No foreign key here and below: every order would lock the one row of its zone.
  zone_id               uuid not null,
  -- A quote makes one order. No foreign key: quotes are forgotten some time after they expire.
  quote_id              uuid,
  promotion_id          uuid references promotions,
  status                text not null check (status in ('pending', 'payment_confirmed', 'accepted', 'preparing',
                          'ready_for_pickup', 'picked_up', 'delivered', 'rejected', 'cancelled', 'refunded')),
  subtotal_cents        bigint not null check (subtotal_cents > 0),
  discount_cents        bigint not null check (discount_cents between 0 and subtotal_cents),
  tax_cents             bigint not null check (tax_cents >= 0),
  delivery_fee_cents    bigint not null check (delivery_fee_cents >= 0),
  service_fee_cents     bigint not null check (service_fee_cents >= 0),
  tip_cents             bigint not null check (tip_cents >= 0),
  total_cents           bigint not null,
  commission_cents      bigint not null check (commission_cents >= 0),
  refunded_cents        bigint not null default 0,
  currency              text not null,
  -- [{menuItemId, name, unitPriceCents, quantity, notes, prepMinutes, isLimited}], as bought; limited ones hold portions
  items                 jsonb not null,
  -- The chef's calendar day whose portions it holds, and whether it still holds them.
  portions_day          date not null,
  portions_held         boolean not null default true,
  street                text not null,
  city                  text not null,
  postal_code           text not null,
  delivery_instructions text,
  dropoff               point not null,
  distance_meters       integer not null,
  handover_code         text not null check (handover_code ~ '^[0-9]{4}$'),
  handover_tries        integer not null default 0,
  promise_p50_at        timestamptz not null,
  promise_p90_at        timestamptz not null,
  eta_p50_at            timestamptz not null,
  eta_p90_at            timestamptz not null,
  created_at            timestamptz not null,
  -- Until then it must be paid, later accepted.
  deadline_at           timestamptz,
  paid_at               timestamptz,
  accepted_at           timestamptz,
  -- The food is, or is expected to be, ready.
  ready_at              timestamptz,
  picked_up_at          timestamptz,
  delivered_at          timestamptz,
  closed_reason         text,
  constraint orders_total check (total_cents =
    subtotal_cents - discount_cents + tax_cents + delivery_fee_cents + service_fee_cents + tip_cents),
  constraint orders_refund check (refunded_cents between 0 and total_cents)
);

create unique index orders_quote_id_key on orders (quote_id) where quote_id is not null;
create index orders_of_customer on orders (customer_id, id desc);
create index orders_of_chef on orders (chef_id, id desc);
create index orders_by_deadline on orders (deadline_at) where deadline_at is not null;
create index orders_under_way on orders (zone_id, status)
  where status in ('payment_confirmed', 'accepted', 'preparing', 'ready_for_pickup', 'picked_up');

create unique index orders_one_promotion_per_customer on orders (customer_id, promotion_id)
  where promotion_id is not null and status not in ('cancelled', 'rejected');

-- Order numbers are drawn from a sequence and scrambled, so they are unique without counting and tell nobody our sales.
create sequence order_numbers;

-- Takes portions of items on a day, all or none: raises RD001 with the item's id when one is not to be had.
-- Items without a limit need no row. Ids in one order everywhere, so that two orders cannot deadlock.
create function reserve_portions(item_ids uuid[], quantities integer[], days date[]) returns void
language plpgsql as $$
declare
  wanted record;
  item record;
begin
  for wanted in
    select id, day, sum(quantity)::integer as quantity from unnest(item_ids, quantities, days) as w (id, quantity, day)
    group by id, day order by id, day
  loop
    select portions_per_day, is_available and deleted_at is null as on_sale into item from menu_items where id = wanted.id;
    if not coalesce(item.on_sale, false) then
      raise exception 'not on sale' using errcode = 'RD001', detail = wanted.id::text;
    end if;
    continue when item.portions_per_day is null;
    if wanted.quantity > item.portions_per_day then
      raise exception 'sold out' using errcode = 'RD001', detail = wanted.id::text;
    end if;
    insert into item_portions (item_id, day, reserved_count) values (wanted.id, wanted.day, wanted.quantity)
    on conflict (item_id, day) do update set reserved_count = item_portions.reserved_count + excluded.reserved_count
      where item_portions.reserved_count + excluded.reserved_count <= item.portions_per_day;
    if not found then
      raise exception 'sold out' using errcode = 'RD001', detail = wanted.id::text;
    end if;
  end loop;
end $$;

-- Gives the portions of an order back, once.
create function release_portions(of_order uuid) returns void
language plpgsql as $$
declare
  held record;
begin
  update orders set portions_held = false where id = of_order and portions_held
    returning items, portions_day into held;
  if not found then
    return;
  end if;
  -- In the order in which reserve_portions takes them.
  perform 1 from item_portions where day = held.portions_day
    and item_id in (select (item ->> 'menuItemId')::uuid from jsonb_array_elements(held.items) as item)
    order by item_id for update;
  update item_portions p set reserved_count = greatest(p.reserved_count - w.quantity, 0)
  from (
    select (item ->> 'menuItemId')::uuid as id, sum((item ->> 'quantity')::integer)::integer as quantity
    from jsonb_array_elements(held.items) as item where (item ->> 'isLimited')::boolean group by 1
  ) w
  where p.item_id = w.id and p.day = held.portions_day;
end $$;

-- Who moved which of an order's two machines, when: its history.
create table order_events (
  id          bigint generated always as identity,
  order_id    uuid not null references orders,
  machine     text not null check (machine in ('order', 'delivery')),
  event       text not null,
  from_status text,
  to_status   text not null,
  actor_role  text not null check (actor_role in ('customer', 'chef', 'driver', 'admin', 'system')),
  actor_id    uuid,
  reason      text,
  at          timestamptz not null,
  primary key (order_id, id)
);

create table payments (
  id            uuid primary key,
  order_id      uuid not null references orders,
  processor     text not null check (processor in ('simulated', 'stripe')),
  intent_id     text not null unique,
  client_secret text not null,
  amount_cents  bigint not null check (amount_cents > 0),
  currency      text not null,
  status        text not null check (status in ('requires_confirmation', 'succeeded', 'cancelled')),
  created_at    timestamptz not null,
  succeeded_at  timestamptz
);

-- One live payment an order: it cannot be paid twice.
create unique index payments_one_per_order on payments (order_id) where status <> 'cancelled';

create table refunds (
  id           uuid primary key,
  payment_id   uuid not null references payments,
  order_id     uuid not null references orders,
  amount_cents bigint not null check (amount_cents > 0),
  reason       text not null,
  actor_role   text not null,
  actor_id     uuid,
  created_at   timestamptz not null
);

create index refunds_of_order on refunds (order_id);
