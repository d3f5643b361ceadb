-- Accounts that have a password, in the order of the random half of their ids: one of them is chosen by a name that no
-- account has, so that a password typed for it costs what one of those costs.
create index accounts_with_password on accounts (substr(account_id, 17)) where password_hash is not null;
