-- Migration: 002_x
-- Version: 1.1.0
-- Description: d
-- Author: a
-- Date: 2025-11-03

BEGIN;
select 1;
COMMIT;
