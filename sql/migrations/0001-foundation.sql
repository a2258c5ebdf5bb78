-- What happened, written once in the transaction that made it happen. Consumers read it by seq.
create table events (
  -- The order of writing. No index of its own: it is asked for only until there is a seq.
  id          bigint generated always as identity,
  -- Given after commit by sequence_events(), without gaps: ids of transactions that commit late would be skipped.
  seq         bigint unique,
  topics      text[] not null check (cardinality(topics) between 1 and 8),
  type        text not null,
  data        jsonb not null,
  occurred_at timestamptz not null
);

create unique index events_without_seq on events (id) where seq is null;

-- Which events a topic has: what a subscriber missed is one range of this index.
create table event_topics (
  topic text not null,
  seq   bigint not null,
  primary key (topic, seq)
);

-- One row; its lock makes sequencing one at a time.
create table event_head (
  only_row boolean primary key default true check (only_row),
  seq      bigint not null
);

insert into event_head (seq) values (0);

-- How far each consumer has read.
create table event_consumers (
  name       text primary key,
  seq        bigint not null,
  updated_at timestamptz not null default now()
);

-- Numbers what has been committed so far, in the order of writing, tells the readers, and returns the newest number.
-- Each statement sees what was committed before it began, so the numbering starts only once the lock is held.
create function sequence_events(batch_max integer) returns bigint
language plpgsql as $$
declare
  head bigint;
  newest bigint;
begin
  -- Ordered, so that the index is used, and the row of event_head is locked only when there is something to do.
  perform from events where seq is null order by id limit 1;
  if not found then
    return (select seq from event_head);
  end if;
  select seq into head from event_head for update;
  -- By ctid: only this function changes events, and it holds the lock, so a row stays where it was found.
  with fresh as (
    select id, ctid as place from events where seq is null order by id limit batch_max
  ), numbered as (
    select place, head + row_number() over (order by id) as seq from fresh
  ), placed as (
    update events set seq = numbered.seq from numbered where events.ctid = numbered.place
    returning events.seq, events.topics
  )
  insert into event_topics (topic, seq) select distinct unnest(topics), seq from placed;
  select max(seq) into newest from events where seq > head;
  newest := coalesce(newest, head);
  update event_head set seq = newest;
  -- Here and not in the writing transactions: NOTIFY makes those that use it commit one after the other.
  perform pg_notify('events', newest::text);
  return newest;
end $$;

create function events_are_append_only() returns trigger
language plpgsql as $$
begin
  if tg_op = 'DELETE' and current_setting('ridendine.retention', true) = 'on' then
    return old;
  end if;
  raise exception 'events are append-only';
end $$;

-- Giving a number is the one change there is.
create trigger events_not_changed before update on events for each row
  when (old.seq is not null or new.seq is null
    or (old.id, old.topics, old.type, old.data, old.occurred_at) is distinct from (new.id, new.topics, new.type, new.data, new.occurred_at))
  execute function events_are_append_only();

create trigger events_not_deleted before delete on events for each row execute function events_are_append_only();
