-- Version: 1.0.0-rc.1
copy t from stdin;
a
\.
select 'a
b', $$
$$;