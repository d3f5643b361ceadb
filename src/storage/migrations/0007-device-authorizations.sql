-- What devices ask for, until somebody has answered. Of both codes there are only keyed hashes.
create table device_authorizations (
  device_id text not null primary key,
  client_id text not null,
  device_hash text not null,
  user_code_hash text not null unique,
  asked text not null,
  created_at bigint not null,
  expires_at bigint not null,
  poll_interval integer not null,
  polled_at bigint,
  account_id text,
  session_id text,
  decision text,
  authorization_id text,
  delete_after bigint not null
);
create index device_authorizations_delete_after on device_authorizations (delete_after);
