#!/usr/bin/env python3
"""The connection is cut at every message of a run in turn, COMMIT included.

After each cut the database must be as the run's words and its exit status say,
and the next run must bring it to its end, with nothing done twice.  Arguments
name the kinds of runs.
"""
import collections
import random
import sys

import database
import proxy
import small
import torture
import verdict

WAIT, NO_WAIT = '--lock-wait=700ms', '--lock-wait=1ms'
HANDMADE = (
    'CREATE TABLE schema_version (version varchar(50) PRIMARY KEY, '
    'applied_at timestamp NOT NULL DEFAULT now(), description text);'
    "INSERT INTO schema_version VALUES ('0.0.1', now(), '001_effects');"
    'CREATE TABLE effects (seq bigserial, n integer);'
    'INSERT INTO effects (n) VALUES (1)')

# Each statement of a kind of its own, with its effect.
OUTSIDE = '\n'.join([
    '-- sqlmigrate: no-transaction',
    'CREATE TABLE t2 (x integer);',
    'INSERT INTO effects (n) VALUES (21);',
    'CREATE INDEX CONCURRENTLY i2 ON t2 (x);',
    'BEGIN;', 'INSERT INTO t2 VALUES (1);',
    'INSERT INTO effects (n) VALUES (22);', 'COMMIT;',
    'VACUUM t2;',
    'INSERT INTO effects (n) VALUES (23);'])


class Kind:
    """A kind of run: what comes before it, its command, what it leads to."""

    def __init__(self, name, args, files, before=(), sql=None, rows=None,
                 effects=None, again=None):
        self.name, self.args, self.sql = name, args, sql
        self.path = torture.folder(files)
        self.before = before
        self.rows, self.effects = rows, effects
        self.again = again or args

    def prepare(self, db):
        db.sql('DROP SCHEMA public CASCADE; CREATE SCHEMA public')
        if self.sql:
            db.sql(self.sql)
        for args in self.before:
            torture.run(db.url, self.path, *args)


def kinds():
    plain = {name: text for name, text in
             small.files('postgres', 5).items() if not name[:3] == '002'}
    outside = dict(plain)
    outside['002_o'] = OUTSIDE
    five = [1, 3, 4, 5]
    yield Kind('apply', ['apply'], plain, rows=five, effects=five)
    yield Kind('single', ['apply', '--single-transaction'], plain, rows=five,
               effects=five)
    yield Kind('rollback', ['rollback', '--to', '001', '--yes'], plain,
               before=[['apply']], rows=[1],
               effects=five + [-5, -4, -3])
    yield Kind('outside', ['apply'], outside, rows=[1, 2, 3, 4, 5],
               effects=[1, 21, 22, 23, 3, 4, 5],
               again=['apply', '--resume', '--yes'])
    yield Kind('stamp', ['stamp', '004'], plain, rows=[1, 3, 4], effects=[])
    yield Kind('init', ['init'], plain, rows=[], effects=[])
    yield Kind('adoption', ['apply', '003'], plain, sql=HANDMADE,
               rows=[1, 3], effects=[1, 3])
    yield Kind('redo', ['redo', '003', '--yes'], {
        name: text for name, text in plain.items() if name < '004'},
        before=[['apply']], rows=[1, 3], effects=[1, 3, -3, 3])


class Campaign:
    def __init__(self, server, kind):
        self.server, self.kind, self.db = server, kind, server.database()
        self.faults = torture.Faults('%s: each verdict true, nothing twice'
                                     % kind.name)
        self.seen = collections.Counter()

    def cut(self, side, at, how, again):
        db, kind = self.db, self.kind
        kind.prepare(db)
        before = small.State(db)
        through = proxy.Proxy(self.server.host, side, at, how, again)
        run = torture.run(db.through(through.directory), kind.path,
                          *kind.args, WAIT if again else NO_WAIT)
        through.close()
        what = '%s at %s %d %r%s' % (how, side, at, (through.cut or b'')[:60],
                                     '' if again else ', and no other')
        self.faults.check(db.gone(5) is not None, what, 'it goes on', run)
        after = small.State(db)
        judged = verdict.Verdict(run, kind.name, kind.rows, before, after)
        unknown = 'could not be found out' in run.stderr
        self.seen['status %d%s' % (run.status,
                                   ', not known' if unknown else '')] += 1
        self.seen['lost in COMMIT'] += 'lost during COMMIT' in run.stderr
        self.faults.check(not judged.wrong, what, judged.wrong, after, run)
        self.faults.check(not (unknown and again and how != proxy.LATE),
                          what, 'it could be known', run)
        self.finish(what, run)
        return through

    def finish(self, what, run):
        """The way on, if any, and where it leads to."""
        db, kind = self.db, self.kind
        second = run
        if run.status != 0 and kind.name == 'redo' and \
                3 not in small.State(db).rows:
            second = torture.run(db.url, kind.path, 'apply')
        elif run.status != 0:
            second = torture.run(db.url, kind.path, *kind.again)
        state = small.State(db)
        effects = kind.effects
        if kind.name == 'redo' and state.effects == effects + [-3, 3]:
            effects = state.effects
        self.faults.check(
            second.status == 0 and state.rows == kind.rows and
            state.effects == effects and not state.journal and
            not db.locks(), what, state, run, second)

    def count(self):
        """The messages of a run that is not cut."""
        self.kind.prepare(self.db)
        through = proxy.Proxy(self.server.host)
        run = torture.run(self.db.through(through.directory),
                          self.kind.path, *self.kind.args, WAIT)
        through.close()
        torture.same(run.status, 0, '%s: without a cut' % self.kind.name)
        return through

    def points(self):
        whole = self.count()
        for side, hows in (
                (proxy.CLIENT, (proxy.BEFORE, proxy.MIDDLE, proxy.AFTER,
                                proxy.LATE, proxy.DEAF)),
                (proxy.SERVER, (proxy.BEFORE, proxy.MIDDLE))):
            for at in range(1, whole.seen[side] + 1):
                # Of a COMMIT there are some four messages, and its answer.
                commit = any(b'COMMIT' in text for text in
                             whole.texts[side][max(0, at - 5):at])
                for i, how in enumerate(hows):
                    if how == proxy.LATE and not commit:
                        continue
                    yield commit, (side, at, how, (at + i) % 2 == 0)

    def run(self, sample):
        points = list(self.points())
        if sample:
            random.shuffle(points)
            points.sort(key=lambda point: not point[0])
            points = points[:sample // 2] + points[-(sample - sample // 2):]
        commits = sum(point[0] for point in points)
        points = [point[1] for point in points]
        for point in points:
            self.cut(*point)
            if len(self.faults.found) > 20:
                break
        torture.diag('%s: %d cuts, %d of them of a COMMIT: %s' % (
            self.kind.name, len(points), commits, ', '.join(
                '%d %s' % (n, what) for what, n in self.seen.most_common())))
        self.faults.report()
        self.db.drop()


if not torture.have('postgres'):
    torture.ok(True, 'there is no PostgreSQL')
    torture.done()
server = database.Server()
for kind in kinds():
    if sys.argv[1:] and kind.name not in sys.argv:
        continue
    Campaign(server, kind).run(torture.choose(8, None))
torture.done()
