-- sqlmigrate: no-transaction
-- sqlmigrate: lock-timeout=2s
-- sqlmigrate: statement-timeout=10min
begin read only; a; end; vacuum;
