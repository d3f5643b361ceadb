-- The first tables. One text for SQLite and PostgreSQL: text, bigint and integer only.
--
-- Ids are 32 hexadecimal digits that begin with the time, so that rows made together lie together. Moments are epoch
-- seconds. JSON is text. 0 and 1 are no and yes. Of secrets there are only keyed hashes.
--
-- delete_after is when the sweeper may take a row. It is rounded, so that moving it on seldom touches its index. There
-- are no foreign keys: whether a row counts is read through the rows it names, and a missing one counts as ended.

create table clients (
  client_id text not null primary key,
  metadata text not null,
  secrets text not null,
  profile text not null,
  first_party integer not null,
  disabled integer not null,
  registered_by text not null,
  created_at bigint not null,
  refresh_replay_window integer not null
);

create table protected_resources (
  resource text not null primary key,
  entry_id text not null,
  name text not null,
  access_token_format text not null,
  access_token_lifetime integer,
  introspection_clients text not null,
  scopes text not null,
  disabled integer not null,
  registered_by text not null
);

-- A deleted account stays as a row with nothing in it but its sub, which is never given again.
create table accounts (
  account_id text not null primary key,
  sub text not null unique,
  username text not null,
  password_hash text,
  claims text not null,
  disabled integer not null,
  created_at bigint not null,
  updated_at bigint not null,
  deleted_at bigint
);

-- User names and verified e-mail addresses: one space, each belongs to one account.
create table logins (
  login text not null primary key,
  account_id text not null
);
create index logins_account on logins (account_id);

create table sessions (
  session_id text not null primary key,
  session_hash text not null,
  account_id text not null,
  auth_time bigint not null,
  amr text not null,
  acr text not null,
  created_at bigint not null,
  last_seen_at bigint not null,
  idle_expires_at bigint not null,
  expires_at bigint not null,
  ended_at bigint,
  address text not null,
  user_agent text not null,
  delete_after bigint not null
);
create index sessions_account on sessions (account_id);
create index sessions_delete_after on sessions (delete_after);

create table interactions (
  interaction_id text not null primary key,
  browser_hash text not null,
  purpose text not null,
  created_at bigint not null,
  expires_at bigint not null,
  signed_in_at bigint,
  session_id text,
  finished_at bigint,
  sealed_response text,
  notes text not null,
  delete_after bigint not null
);
create index interactions_delete_after on interactions (delete_after);

create table grants (
  grant_id text not null primary key,
  account_id text not null,
  client_id text not null,
  permissions text not null,
  kind text not null,
  access_for text not null,
  granted_at bigint not null,
  expires_at bigint,
  ended_at bigint,
  end_reason text,
  revision integer not null,
  last_used_at bigint,
  delete_after bigint
);
create unique index grants_standing on grants (account_id, client_id) where kind = 'standing' and ended_at is null;
create index grants_account on grants (account_id);
create index grants_client on grants (client_id, grant_id);
create index grants_delete_after on grants (delete_after);

-- One row from the authorization code to the last refresh token. The hottest table: nothing but its key and
-- delete_after is indexed, so that redeeming and refreshing change no index (PostgreSQL: HOT updates).
create table authorizations (
  authorization_id text not null primary key,
  grant_id text not null,
  account_id text not null,
  client_id text not null,
  session_id text not null,
  session_bound integer not null,
  authorized text not null,
  created_at bigint not null,
  expires_at bigint not null,
  code_hash text not null,
  code_expires_at bigint not null,
  redeemed_at bigint,
  refresh_hash text,
  refresh_expires_at bigint,
  last_used_at bigint,
  replaced text,
  earlier text,
  ended_at bigint,
  end_reason text,
  delete_after bigint not null
);
create index authorizations_delete_after on authorizations (delete_after);

create table access_tokens (
  token_id text not null primary key,
  token_hash text not null,
  authorization_id text,
  client_id text not null,
  claims text not null,
  expires_at bigint not null,
  delete_after bigint not null
);
create index access_tokens_delete_after on access_tokens (delete_after);

create table revoked_tokens (
  jti text not null primary key,
  delete_after bigint not null
);
create index revoked_tokens_delete_after on revoked_tokens (delete_after);

create table consents (
  consent_id text not null primary key,
  account_id text not null,
  client_id text not null,
  grant_id text,
  decision text not null,
  decided_at bigint not null,
  shown text not null,
  delete_after bigint not null
);
create index consents_account on consents (account_id, consent_id);
create index consents_delete_after on consents (delete_after);

create table audit_events (
  event_id text not null primary key,
  at bigint not null,
  event text not null,
  actor text not null,
  account_id text,
  client_id text,
  grant_id text,
  authorization_id text,
  address text,
  request_id text,
  detail text not null,
  delete_after bigint not null
);
create index audit_events_account on audit_events (account_id, event_id);
create index audit_events_client on audit_events (client_id, event_id);
create index audit_events_delete_after on audit_events (delete_after);

-- first_of names the algorithm on the one key that was made because there was none: two nodes cannot both make it.
create table signing_keys (
  kid text not null primary key,
  alg text not null,
  first_of text unique,
  public_jwk text not null,
  sealed_private_jwk text not null,
  created_at bigint not null,
  active_from bigint not null,
  retired_at bigint
);

create table used_once (
  used_key text not null primary key,
  delete_after bigint not null
);
create index used_once_delete_after on used_once (delete_after);

create table attempts (
  attempt_key text not null primary key,
  counted integer not null,
  window_ends_at bigint not null,
  delete_after bigint not null
);
create index attempts_delete_after on attempts (delete_after);

-- Work that one node does at a time.
create table leases (
  lease text not null primary key,
  holder text not null,
  expires_at bigint not null
);
