-- The letters of one account are looked for when its address changes.
create index mail_tokens_account on mail_tokens (account_id);
