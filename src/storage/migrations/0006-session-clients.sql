-- The clients that are told when a session ends, each with the message made ready: what ends the session queues it.
create table session_clients (
  message_id text not null primary key,
  session_id text not null,
  client_id text not null,
  sid text not null,
  message text not null,
  confirmed_at bigint,
  delete_after bigint not null
);
create unique index session_clients_session on session_clients (session_id, client_id, sid);
create index session_clients_delete_after on session_clients (delete_after);
