#!/bin/sh
# For /docker-entrypoint-initdb.d of the official PostgreSQL image: a new
# volume begins with the schema.  It runs once, on the image's temporary
# server; a volume that is there is migrated by docker exec or a job.
#
# The image sources a file that is not executable: so neither set nor exec.
sqlmigrate apply
