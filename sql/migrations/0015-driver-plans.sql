-- When a driver goes home, as he said when he came on duty: he is asked for nothing that he would collect later.
alter table drivers add column available_until timestamptz;

-- Where an idle driver had better wait: the newest of each, until it ends or he has something to do.
create table driver_suggestions (
  driver_id  uuid primary key references drivers on delete cascade,
  zone_id    uuid not null references zones,
  chef_id    uuid not null references chefs,
  reason     text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null check (expires_at > created_at)
);
create index driver_suggestions_live on driver_suggestions (zone_id, expires_at);
