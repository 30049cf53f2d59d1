-- Rollback: 002_add_user_phone
-- Version: 1.1.0 -> 1.0.0
-- Description: Remove phone and address fields from users

DROP INDEX users_phone_idx;

ALTER TABLE users DROP COLUMN address;
ALTER TABLE users DROP COLUMN phone;
