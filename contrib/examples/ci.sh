#!/bin/sh
# ci.sh RELEASED: check the migrations of a change on an empty database.
# RELEASED is the folder as it is released, which brings the database to where
# those that live are; only then can verify see that a released file was
# changed.  Every migration needs a rollback here, which must give back what was
# there; on PostgreSQL the role needs CREATEDB for that proof.
set -eu
sqlmigrate wait
if [ -d "$1" ]; then
	sqlmigrate --dir "$1" apply
	sqlmigrate verify
fi
sqlmigrate plan
sqlmigrate apply
sqlmigrate rollback --all --yes
sqlmigrate apply
sqlmigrate prove --all
sqlmigrate verify
sqlmigrate status --exit-code
