-- Rollback: 002_x
-- Version: 1.1.0 -> 1.0.0
select 1;
