-- What db:backup and db:verify did, for /metrics. A dump leaves these rows out: a restored database has had no backup yet.
create table backup_runs (
  id               uuid primary key,
  kind             text not null check (kind in ('backup', 'verify')),
  started_at       timestamptz not null,
  finished_at      timestamptz not null check (finished_at >= started_at),
  succeeded        boolean not null,
  -- The name of the backup's file; null when it did not come to one.
  file             text,
  size_bytes       bigint check (size_bytes >= 0),
  -- Why it failed, in the words of the command.
  fault            text,
  check (succeeded = (fault is null))
);

create index backup_runs_newest on backup_runs (kind, finished_at desc) where succeeded;
