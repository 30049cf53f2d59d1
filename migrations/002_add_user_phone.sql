-- Migration: 002_add_user_phone
-- Version: 1.1.0
-- Description: Add phone and address fields to users
-- Author: The sqlmigrate developers
-- Date: 2025-11-03

ALTER TABLE users ADD COLUMN phone VARCHAR(20);
ALTER TABLE users ADD COLUMN address VARCHAR(500);

CREATE INDEX users_phone_idx ON users (phone);
