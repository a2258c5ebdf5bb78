-- How long things take, learned from the past: of a kitchen in an hour of its day, of a kitchen, of a zone in an hour, of a zone.
-- `mean` and `spread` are of the logarithm of a ratio (preparation, ride) or of seconds (wait); `weight` says of how many orders.
create table eta_estimates (
  kind       text not null check (kind in ('preparation', 'wait', 'ride')),
  zone_id    uuid not null,
  chef_id    uuid references chefs,
  hour       smallint check (hour between 0 and 23),
  weight     double precision not null check (weight > 0),
  mean       double precision not null,
  spread     double precision not null check (spread > 0),
  learned_at timestamptz not null
);
create unique index eta_estimates_key on eta_estimates (kind, zone_id, chef_id, hour) nulls not distinct;

-- What the kitchen said it would take, when it accepted: `ready_at` becomes when it was. Null: accepted before this was kept.
alter table orders add column prep_seconds integer check (prep_seconds >= 0);
-- When the driver is expected to have the food in his hands; null before the kitchen has accepted, and once he has.
alter table orders add column pickup_p50_at timestamptz;
alter table orders add column pickup_p90_at timestamptz;
create index orders_by_ready on orders (ready_at) where prep_seconds is not null;

-- contract: outcomes are told as they are, so that one more is like the others.
-- What a decision was, in words, and what an operator's was.
alter table dispatch_decisions
  add column if not exists actor_id uuid,
  add column if not exists reason text,
  drop constraint if exists dispatch_decisions_outcome_check,
  add constraint dispatch_decisions_outcome_check check (outcome ~ '^[a-z_]{1,30}$');

-- When a driver was on duty. Kept by the database, by its own clock: whoever takes him off duty, and why, is the same here.
create table driver_shifts (
  driver_id uuid not null references drivers,
  began_at  timestamptz not null,
  ended_at  timestamptz check (ended_at >= began_at),
  primary key (driver_id, began_at)
);
create unique index driver_shifts_open on driver_shifts (driver_id) where ended_at is null;
insert into driver_shifts (driver_id, began_at)
  select id, least(coalesce(available_since, now()), now()) from drivers where is_available;

create function keep_driver_shift() returns trigger language plpgsql as $$
begin
  if new.is_available then
    insert into driver_shifts (driver_id, began_at) values (new.id, clock_timestamp()) on conflict do nothing;
  else
    update driver_shifts set ended_at = greatest(clock_timestamp(), began_at) where driver_id = new.id and ended_at is null;
  end if;
  return null;
end $$;
create trigger drivers_keep_shift after update of is_available on drivers
  for each row when (old.is_available is distinct from new.is_available) execute function keep_driver_shift();

-- What a driver did in a time: his shifts are few, his deliveries are many.
create index deliveries_by_assignment on deliveries (driver_id, assigned_at) where assigned_at is not null;
