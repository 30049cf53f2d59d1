-- Rollback: 001_initial_schema
-- Version: 1.0.0 -> 0.0.0
-- Description: Drop users and their sessions

DROP TABLE sessions;
DROP TABLE users;
