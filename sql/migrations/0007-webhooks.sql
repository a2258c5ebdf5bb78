-- What others tell us, each event once: they send it again until we say that we have it.
create table webhook_events (
  source      text not null check (source in ('stripe')),
  id          text not null,
  type        text not null,
  payload     jsonb not null,
  -- ignored: nothing here acts on its type.
  outcome     text not null check (outcome in ('waiting', 'done', 'ignored', 'failed')),
  received_at timestamptz not null,
  primary key (source, id)
);

create index webhook_events_waiting on webhook_events (received_at) where outcome = 'waiting';
