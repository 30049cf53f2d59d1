"""Many runners at once on one database: each migration once, no deadlock."""
import collections
import time

import small
import torture

COUNT = 8

# One that cannot be in a transaction, by engine.
ALONE = {
    'postgres': 'CREATE INDEX CONCURRENTLY i{n} ON effects (n);',
    'sqlite': 'VACUUM;',
}

# While it lasts the others come.
SLOW = {
    'postgres': 'SELECT pg_sleep(0.4);',
    'sqlite': 'CREATE TABLE slow AS WITH RECURSIVE r (i) AS (SELECT 1\n'
              'UNION ALL SELECT i + 1 FROM r WHERE i < 500000)\n'
              'SELECT max(i) FROM r;',
}
TARGETS = [[], ['+1'], [], ['004']]


def files(engine, alone):
    """With alone, two files without a transaction among them."""
    made = small.files(engine, COUNT)
    made['001_effects'] += '\n' + SLOW[engine]
    made['005_t'] += '\n' + SLOW[engine].replace('slow', 'slow5')
    if alone:
        for n in 3, 6:
            made['%03d_t' % n] = '\n'.join([
                '-- sqlmigrate: no-transaction',
                'CREATE TABLE t%d (x integer);' % n,
                ALONE[engine].format(n=n), small.EFFECT.format(n=n)])
    return made


class Rounds:
    def __init__(self, name):
        self.name, self.statuses = name, collections.Counter()
        self.faults = torture.Faults(
            '%s: each migration once, all exit 0 or 5' % name)
        self.rounds, self.began = 0, time.monotonic()
        self.waited = 0

    def one(self, db, runners, alone, url=None, more=()):
        path = torture.folder(files(db.engine, alone))
        runs = [torture.Run(url or db.url, path, 'apply',
                            *TARGETS[i % len(TARGETS)], *more)
                for i in range(runners)]
        told = []
        for run in runs:
            run.wait()
            self.statuses[run.status] += 1
            self.faults.check(run.status in (0, 5), run)
            self.faults.check('deadlock' not in run.stderr, run)
            self.waited += 'waiting for the lock' in run.stderr
            told += small.told(run)[0]
        state = small.State(db)
        whole = list(range(1, COUNT + 1))
        self.faults.check(state.sound() and state.rows == whole, state)
        self.faults.check(sorted(told) == whole, 'told', sorted(told))
        self.faults.check(small.logged(db) == {
            ('apply', n): 1 for n in whole}, small.logged(db))
        # The sessions of a pooler stay.
        self.faults.check(url or db.gone() is not None, 'it goes on')
        self.faults.check(not db.locks(), 'a lock is left', db.locks())
        if db.engine == 'postgres':
            self.faults.check(not db.sql(
                'SELECT 1 FROM pg_index WHERE NOT indisvalid'), 'invalid')
        else:
            self.faults.check(db.sql('PRAGMA integrity_check') == [('ok',)])
        self.rounds += 1
        db.drop()

    def report(self):
        torture.diag('%s: %d rounds, %d runners in all, in %d s; exit '
                     'statuses %s; %d waited for the lock' % (
                         self.name, self.rounds, sum(self.statuses.values()),
                         time.monotonic() - self.began, dict(self.statuses),
                         self.waited))
        self.faults.report()
