#!/usr/bin/env python3
"""SIGTERM, then SIGKILL, as docker stop sends them: nothing goes on running.

The second one follows after a moment that grows from nothing to longer than
stopping takes.
"""
import collections
import random
import time
import signal

import database
import small
import torture

OUTSIDE = '-- sqlmigrate: no-transaction\n'
ENDLESS = [
    'SELECT pg_sleep(600);',
    'DO $$ BEGIN LOOP PERFORM 1; END LOOP; END $$;',
    'INSERT INTO effects SELECT i, i FROM generate_series(1, 1000000000) AS i;',
    'LOCK TABLE effects; SELECT pg_sleep(600);',
    OUTSIDE + 'VACUUM;\nSELECT pg_sleep(600);',
    OUTSIDE + 'CALL endless();',
    OUTSIDE + 'CREATE INDEX CONCURRENTLY i ON effects (slowly(n));',
]
FIRST = small.FIRST['postgres'] + '''
INSERT INTO effects (n) VALUES (1);
CREATE FUNCTION slowly(integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS
$$ BEGIN PERFORM pg_sleep(600); RETURN $1; END $$;
CREATE PROCEDURE endless() LANGUAGE plpgsql AS
$$ BEGIN LOOP PERFORM pg_sleep(0.01); COMMIT; END LOOP; END $$;'''


class Campaign:
    def __init__(self, server):
        self.db = server.database()
        self.faults = torture.Faults('SIGTERM, then SIGKILL: its statement '
                                     'ends, and nothing of it is kept')
        self.statuses, self.longest = collections.Counter(), 0.0

    def busy(self):
        return any(row[1] == 'active' and 'sqlmigrate' not in row[3] and
                   'slowly' in row[3] or 'endless' in row[3] or
                   'pg_sleep' in row[3] or 'LOOP' in row[3] or
                   'generate_series' in row[3] for row in self.db.activity())

    def one(self, statement, pause):
        self.db.sql('DROP SCHEMA public CASCADE; CREATE SCHEMA public')
        path = torture.folder({'001_a': FIRST, '002_b': statement})
        torture.run(self.db.url, path, 'apply', '001')
        run = torture.Run(self.db.url, path, 'apply')
        self.faults.check(torture.eventually(self.busy) is not None, 'idle')
        time.sleep(random.uniform(0, 0.01))
        run.process.send_signal(signal.SIGTERM)
        time.sleep(pause)
        run.kill()
        self.statuses[run.status] += 1
        took = self.db.gone(10)
        if self.faults.check(took is not None, 'it goes on', statement):
            self.longest = max(self.longest, took)
        state = small.State(self.db)
        half = statement.startswith(OUTSIDE)
        self.faults.check(state.rows == [1] and
                          (half or not state.journal), state, run)
        self.faults.check(run.status in (
            (-9, 143, 7) if half else (-9, 143)), run)
        self.faults.check(run.status != 143 or not state.journal,
                          '143, but half applied', state, run)
        self.faults.check(run.status != 7 or state.journal,
                          '7, but nothing half applied', state, run)
        self.faults.check(not self.db.locks(), 'a lock is left')


if not torture.have('postgres'):
    torture.ok(True, 'there is no PostgreSQL')
    torture.done()
campaign = Campaign(database.Server())
pauses = [0, 0.0003, 0.001, 0.003, 0.01, 0.1]
for pause in torture.choose(pauses[1::2], pauses * 8):
    for statement in ENDLESS:
        campaign.one(statement, pause)
torture.diag('%d stops: exit statuses %s; statements gone within %.2f s' % (
    sum(campaign.statuses.values()), dict(campaign.statuses),
    campaign.longest))
campaign.faults.report()
torture.done()
