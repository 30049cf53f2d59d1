-- Migration: 001_initial_schema
-- Version: 1.0.0
-- Description: Create users and their sessions
-- Author: The sqlmigrate developers
-- Date: 2025-11-01

CREATE TABLE users (
    id         BIGINT NOT NULL PRIMARY KEY,
    email      VARCHAR(254) NOT NULL,
    full_name  VARCHAR(200) NOT NULL,
    is_active  BOOLEAN NOT NULL DEFAULT TRUE,
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT users_email_key UNIQUE (email)
);

CREATE TABLE sessions (
    token      VARCHAR(64) NOT NULL PRIMARY KEY,
    user_id    BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    expires_at TIMESTAMP NOT NULL
);

CREATE INDEX sessions_user_id_idx ON sessions (user_id);
CREATE INDEX sessions_expires_at_idx ON sessions (expires_at);
