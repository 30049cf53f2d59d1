"""kill -9 at a random instant, and again, until all is applied or back."""
import collections
import os
import random
import time

import small
import torture

COUNT = 25    # migrations
PHASES = 6    # applies and rollbacks in one database
BACK = ['rollback', '--to', '001', '--yes']


class Pace:
    """How long a run takes, by how many migrations it has to do."""

    def __init__(self, make):
        db, path = small.undisturbed(make, COUNT)
        self.base = min(self._time(db, path, 'apply') for i in range(5))
        took = []
        for i in range(5):
            self._time(db, path, *BACK)
            took.append(self._time(db, path, 'apply'))
        self.each = (min(took) - self.base) / COUNT
        self.path, self.schema = path, db.schema()
        db.drop()

    @staticmethod
    def _time(db, path, *args):
        began = time.monotonic()
        torture.run(db.url, path, *args)
        return time.monotonic() - began

    def instant(self, left):
        """Anywhere in such a run, half of them behind its start."""
        end = self.base + self.each * left
        return random.uniform(random.choice([0, self.base * 0.7]), end)


def postgres_place(db, run):
    """What the server was at, the moment before."""
    seen = db.activity()
    if not seen:
        return 'no connection'
    query = seen[0][3]
    if query == 'COMMIT':
        return 'COMMIT'
    if 'pg_try_advisory_lock' in query or 'advisory_unlock' in query:
        return 'run lock'
    if query.startswith('BEGIN') or 'sqlmigrate_lo' in query or \
            "set_config('lock_timeout'" in query or 'xact_tuples' in query:
        return 'begin, guards'
    if query.startswith(('CREATE TABLE t', 'CREATE INDEX', 'INSERT INTO t',
                         'INSERT INTO effects', 'DO ', 'COPY', 'SET search',
                         'DROP TABLE', 'CREATE TABLE effects')):
        return 'body'
    if 'INSERT INTO' in query or 'UPDATE' in query or 'DELETE' in query or \
            'SET CONSTRAINTS' in query or 'pg_catalog.set_config' in query:
        return 'rows'
    if query.startswith(('CLOSE', 'RESET', 'UNLISTEN', 'DISCARD', 'DEALL')):
        return 'between two'
    return 'reading, deciding'


# SQLite's locks, by the byte of the file.
RESERVED, SHARED, WRITER = 0x40000001, 0x40000002, 120


def sqlite_place(db, run):
    """Which locks the process had, the moment before."""
    found = []
    with open('/proc/locks') as locks:
        for line in locks:
            words = line.split()
            # A lock to the end of its file is gcov's.
            if words[4] == str(run.process.pid) and words[7] != 'EOF':
                found.append((words[3], int(words[6]), int(words[7])))

    def written(byte):
        return any(how == 'WRITE' and first <= byte <= last
                   for how, first, last in found)

    if written(SHARED):
        return 'commit (exclusive lock)'
    if written(RESERVED):
        return 'transaction (reserved lock)'
    if written(WRITER):
        return 'transaction or commit (WAL writer)'
    return 'reading' if found else 'no lock'


class Campaign:
    def __init__(self, name, make, place):
        self.name, self.make, self.place = name, make, place
        self.pace = Pace(make)
        self.path = self.pace.path
        self.places = collections.Counter()
        self.kills = self.runs = self.phases = 0
        self.longest = 0.0
        self.faults = torture.Faults(
            '%s: each migration wholly or not at all, and once' % name)

    def one(self, db, args, left):
        """A run that is killed, unless it ends before: whether it ended."""
        if args == ['apply'] and db.engine == 'postgres' and \
                random.random() < 0.2:
            args = ['apply', '--single-transaction']
        run = torture.Run(db.url, self.path, *args)
        time.sleep(self.pace.instant(left))
        place = self.place(db, run) if run.process.poll() is None else None
        killed = run.kill()
        self.runs += 1
        if killed:
            self.kills += 1
            self.places[place or 'at its end'] += 1
        took = db.gone()
        if self.faults.check(took is not None, 'its statement goes on', run):
            self.longest = max(self.longest, took)
        self.faults.check(killed or run.status == 0, 'refused', run)
        return run, not killed

    def look(self, db, run):
        state = small.State(db)
        self.faults.check(state.sound(), state, run)
        applied, back = small.told(run)
        self.faults.check(applied <= set(state.rows),
                          'told too early', state, run)
        self.faults.check(not back & set(state.rows),
                          'told too early', state, run)
        if db.engine == 'sqlite':
            self.faults.check(db.sql('PRAGMA integrity_check') == [('ok',)],
                              'integrity', run)
        return len(state.rows)

    def phase(self, db, back):
        """Apply, or roll back, however often it is killed."""
        goal, rows, ended = (1 if back else COUNT), None, False
        while not ended or rows != goal:
            left = 1 if rows is None else abs(goal - rows)
            left = COUNT if rows is None else left
            run, ended = self.one(db, BACK if back else ['apply'], left)
            rows = self.look_aside(db, run)
            if ended and not self.faults.check(
                    run.status != 0 or rows == goal, 'not all', run):
                return
            if len(self.faults.found) > 20:
                return
        self.phases += 1

    def look_aside(self, db, run):
        """On a copy half of the time: the program itself has to recover."""
        if db.engine != 'sqlite' or random.random() < 0.5:
            return self.look(db, run)
        if not os.path.exists(db.path):
            return 0
        copy = db.copy()
        rows = self.look(copy, run)
        copy.drop()
        return rows

    def cycle(self):
        """Up and down again in a new database, and what is left at last."""
        db = self.make()
        for i in range(PHASES):
            self.phase(db, i % 2 == 1)
        self.phase(db, False)
        self.faults.check(db.schema() == self.pace.schema, 'another schema')
        times = {('apply', n): PHASES // 2 + 1 for n in range(2, COUNT + 1)}
        times.update({('rollback', n): PHASES // 2
                      for n in range(2, COUNT + 1)})
        times['apply', 1] = 1
        logged = small.logged(db)
        self.faults.check(logged == times, 'the log', logged)
        self.faults.check(not db.locks(), 'a lock is left')
        verify = torture.run(db.url, self.path, 'verify')
        self.faults.check(verify.status == 0, verify)
        db.drop()

    def run(self, kills):
        began = time.monotonic()
        while self.kills < kills and len(self.faults.found) < 20:
            self.cycle()
        took = time.monotonic() - began
        torture.diag('%s: %d kills of %d runs in %d s (%.0f a second), %d '
                     'times all applied or back; statements gone in %.2f s' %
                     (self.name, self.kills, self.runs, took,
                      self.kills / took, self.phases, self.longest))
        for place, times in self.places.most_common():
            torture.diag('  %6d in: %s' % (times, place))
        self.faults.report()
        torture.ok(self.kills >= kills, '%s: %d kills' % (self.name, kills))
