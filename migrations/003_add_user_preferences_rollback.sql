-- Rollback: 003_add_user_preferences
-- Version: 1.2.0 -> 1.1.0
-- Description: Drop the preferences of users

DROP TABLE user_preferences;
