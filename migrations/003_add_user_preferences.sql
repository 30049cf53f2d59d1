-- Migration: 003_add_user_preferences
-- Version: 1.2.0
-- Description: Let users keep preferences
-- Author: The sqlmigrate developers
-- Date: 2025-11-10

CREATE TABLE user_preferences (
    user_id    BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name       VARCHAR(64) NOT NULL,
    value      TEXT NOT NULL,
    updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (user_id, name)
);

CREATE INDEX user_preferences_name_idx ON user_preferences (name);

-- Everybody starts with the language that the site has had so far.
INSERT INTO user_preferences (user_id, name, value)
SELECT id, 'language', 'en' FROM users;
