-- Half of each page stays free: then a refresh writes the next version of its row beside the last one, and no index
-- changes. On full pages seven of ten went elsewhere, and each of those wrote to both indexes.
alter table authorizations set (fillfactor = 50);
