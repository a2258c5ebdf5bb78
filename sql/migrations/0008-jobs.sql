-- What is done again and again, once for all processes: whoever finds it due first claims it. A claim moves next_run_at
-- into the near future and is moved on while the run lasts; when its holder dies the time comes and the next one claims it.
create table periodic_jobs (
  name            text primary key,
  every_ms        integer not null check (every_ms > 0),
  next_run_at     timestamptz not null default now(),
  claimed_by      text,
  started_at      timestamptz,
  last_success_at timestamptz,
  failure_count   integer not null default 0,
  last_error      text
-- A row for each job, written every second or so: room to do it in place.
) with (fillfactor = 20, autovacuum_vacuum_threshold = 200, autovacuum_vacuum_scale_factor = 0);

-- What is done once, written with what caused it. Done, it is deleted; given up, it stays with its failed_at.
create table jobs (
  id            uuid primary key,
  queue         text not null,
  data          jsonb not null,
  created_at    timestamptz not null default now(),
  -- When it is due; a claim moves it on, as above.
  run_at        timestamptz not null default now(),
  attempt_count integer not null default 0,
  claimed_by    text,
  failed_at     timestamptz,
  last_error    text
) with (fillfactor = 50, autovacuum_vacuum_threshold = 200, autovacuum_vacuum_scale_factor = 0.02);

create index jobs_to_run on jobs (queue, run_at) where failed_at is null;
create index jobs_failed on jobs (failed_at) where failed_at is not null;

-- Mail is such a job from now on. What waits becomes one; what is sent, or given up, is kept by nobody any more. A mail
-- that is being sent at this moment by a process of the version before may arrive twice.
insert into jobs (id, queue, data, created_at, run_at, attempt_count)
select id, 'mail', jsonb_build_object('to', recipient, 'subject', subject, 'body', body), created_at, next_attempt_at, attempt_count
from mails where sent_at is null and failed_at is null;

delete from mails;

-- Processes of the version before still write here while they are replaced. The table goes with a later migration.
create function mail_becomes_job() returns trigger
language plpgsql as $$
begin
  insert into jobs (id, queue, data) values
    (new.id, 'mail', jsonb_build_object('to', new.recipient, 'subject', new.subject, 'body', new.body));
  return null;
end $$;

create trigger mails_become_jobs before insert on mails for each row execute function mail_becomes_job();

-- What the sweeps look for.
create index refresh_tokens_by_expiry on refresh_tokens (expires_at);
create index email_tokens_by_expiry on email_tokens (expires_at);
create index item_portions_by_day on item_portions (day);
