create table users (
  id                uuid primary key,
  email             text not null check (email = lower(email)),
  password_hash     text not null,
  first_name        text not null,
  last_name         text not null,
  phone_number      text,
  role              text not null check (role in ('customer', 'chef', 'driver', 'admin')),
  email_verified_at timestamptz,
  created_at        timestamptz not null,
  -- A deleted account keeps its row, emptied of personal data, because orders refer to it.
  deleted_at        timestamptz
);

create unique index users_email_key on users (email);

create table refresh_tokens (
  token_hash bytea primary key,
  family_id  uuid not null,
  user_id    uuid not null references users,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at    timestamptz,
  revoked_at timestamptz
);

create index refresh_tokens_of_family on refresh_tokens (family_id);
create index refresh_tokens_of_user on refresh_tokens (user_id);

create table email_tokens (
  token_hash bytea primary key,
  user_id    uuid not null references users,
  purpose    text not null check (purpose in ('verify-email', 'reset-password')),
  expires_at timestamptz not null,
  used_at    timestamptz
);

create index email_tokens_of_user on email_tokens (user_id);

-- Mail to send, written with what caused it and sent after the commit.
create table mails (
  id              uuid primary key,
  recipient       text not null,
  subject         text not null,
  body            text not null,
  created_at      timestamptz not null,
  attempt_count   integer not null default 0,
  next_attempt_at timestamptz not null,
  sent_at         timestamptz,
  failed_at       timestamptz
);

create index mails_to_send on mails (next_attempt_at) where sent_at is null and failed_at is null;

create table idempotency_keys (
  user_id      uuid not null references users,
  key          text not null,
  request_hash text not null,
  response     jsonb not null,
  created_at   timestamptz not null,
  primary key (user_id, key)
);

create index idempotency_keys_by_age on idempotency_keys (created_at);

create table realtime_tickets (
  token_hash bytea primary key,
  user_id    uuid not null references users,
  role       text not null,
  expires_at timestamptz not null
);
