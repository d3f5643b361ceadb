-- What is to be sent: written with what it tells of, kept until it is delivered or given up.
create table outbox (
  message_id text not null primary key,
  kind text not null,
  payload text not null,
  queued_at bigint not null,
  attempts integer not null,
  next_at bigint not null,
  delete_after bigint not null
);
create index outbox_next on outbox (kind, next_at);
create index outbox_delete_after on outbox (delete_after);
