#!/usr/bin/env python3
"""kill -9 at a random instant, on PostgreSQL, and restart until done."""
import time

import database
import kill
import small
import torture


def long_statement(server, times):
    """A statement that does not end by itself ends with its runner."""
    longest = 0
    for what in ['SELECT pg_sleep(600);', 'DO $$ BEGIN PERFORM pg_sleep(600);'
                 ' END $$;', 'INSERT INTO effects SELECT i, i FROM '
                 'generate_series(1, 1000000000000) AS i;'] * times:
        db = server.database()
        path = torture.folder({'001_a': small.FIRST['postgres'],
                               '002_b': what})
        run = torture.Run(db.url, path, 'apply')
        began = torture.eventually(lambda: any(
            row[3] == what[:-1] and row[1] == 'active'
            for row in db.activity()))
        time.sleep(0.05)
        torture.ok(run.kill() and began is not None,
                   'killed in: ' + what[:30])
        took = db.gone(10)
        torture.ok(took is not None and small.State(db).rows == [1],
                   'it ends, and nothing of it is kept')
        longest = max(longest, took or 99)
        db.drop()
    torture.diag('long statements of killed runs are gone within %.2f s'
                 % longest)


if not torture.have('postgres'):
    torture.ok(True, 'there is no PostgreSQL')
    torture.done()
server = database.Server()
long_statement(server, torture.choose(1, 10))
kill.Campaign('PostgreSQL', server.database, kill.postgres_place).run(
    torture.choose(200, 10000))
torture.done()
