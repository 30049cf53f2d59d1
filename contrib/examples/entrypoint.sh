#!/bin/sh
# entrypoint.sh COMMAND...: wait for the database, migrate, and become the
# command.  Any number of containers may start at once: one migrates, the
# others wait for it.
set -eu
sqlmigrate wait --timeout "${MIGRATE_TIMEOUT:-60s}"
sqlmigrate apply
exec "$@"
