-- Which process runs the rounds of a zone. The token goes up with each change of hands: a write that names an older one is
-- refused, whatever its writer believes. Times are the database's.
create table zone_leases (
  zone_id    uuid primary key references zones on delete cascade,
  token      bigint not null default 0,
  -- Nobody's while null; anybody's after expires_at.
  holder     text,
  expires_at timestamptz not null default now()
-- A row for each zone, written every second: room to do it in place.
) with (fillfactor = 20, autovacuum_vacuum_threshold = 200, autovacuum_vacuum_scale_factor = 0);

-- The processes that run dispatch, so that each takes its share. `zones` are the slugs that one is pinned to.
create table dispatch_replicas (
  name       text primary key,
  zones      text[] not null,
  seen_until timestamptz not null
) with (fillfactor = 20, autovacuum_vacuum_threshold = 200, autovacuum_vacuum_scale_factor = 0);
