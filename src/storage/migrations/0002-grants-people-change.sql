-- A grant that the person paused stands still until they resume it.
alter table grants add column paused_at bigint;
