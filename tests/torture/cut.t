#!/usr/bin/env python3
"""The connection is cut at every message of a run in turn, COMMIT included.

After each cut the database must be as the run's words and its exit status say,
and the next run must bring it to its end, with nothing done twice.
"""
import collections
import random
import re

import database
import proxy
import small
import torture

WAIT = '--lock-wait=700ms'
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


class Verdict:
    """What the words and the status of a run say, and whether it is so."""

    def __init__(self, run, kind, before, after):
        self.run, self.kind = run, kind
        self.before, self.after = before, after
        self.wrong = []
        applied, back = small.told(run)
        unknown = self._names('Whether (?:the rollback of )?(%s) was kept is '
                              'not known')
        half = self._names('^(%s) is half')
        gained = set(after.rows) - set(before.rows)
        lost = set(before.rows) - set(after.rows)
        if 'those before it were kept if it was' in run.stderr:
            unknown |= gained | lost
        silent = (gained - applied) | (lost - back)
        if kind.name not in ('stamp', 'init', 'adoption', 'redo'):
            self._want(applied - back <= set(after.rows), 'applied is not')
            self._want(not (back - applied) & set(after.rows),
                       'rolled back is not')
            self._want(silent <= unknown, 'done, and not told')
        if kind.name == 'stamp':
            self._want(not gained or run.status == 0 or
                       'could not be found out' in run.stderr or
                       'All was recorded' in run.stderr,
                       'recorded, and not told')
        for n in self._names('Nothing of (%s) was kept'):
            self._want(n not in after.made and n not in after.rows,
                       'something was kept')
        for n in self._names('Nothing of the rollback of (%s) was kept'):
            self._want(n in after.rows, 'the rollback was kept')
        self._current(unknown)
        self._status(unknown, half)

    def _names(self, pattern):
        return {int(n.split('_')[0]) for n in re.findall(
            pattern.replace('%s', r'[0-9]+_\w+'), self.run.stderr, re.M)}

    def _want(self, good, what):
        if not good:
            self.wrong.append(what)

    def _current(self, unknown):
        text = self.run.stderr
        if self.kind.name != 'redo':
            text += self.run.stdout
        at = re.search(r'the schema is at 0\.0\.([0-9]+)', text)
        if at:
            rows = [n for n in self.after.rows
                    if not self.after.journal or
                    n != int(self.after.journal[0][0])]
            self._want(int(at[1]) == max(rows or [0]), 'the schema is not at')

    def _status(self, unknown, half):
        status, journal = self.run.status, self.after.journal
        if status == 0:
            self._want(not journal and not unknown and not half,
                       '0, but not done')
            self._want(self.after.rows == self.kind.rows,
                       '0, but not all rows')
        elif status == 7:
            self._want(bool(journal), '7, but nothing is half done')
            done = re.search(r'(\d+) of its statements', self.run.stderr)
            known = int(journal[0][1]) - (journal[0][2] == 'started') \
                if journal else 0
            least = 'at least %s of' % done[1] if done else ''
            self._want(done and (int(done[1]) == known or least in
                                 self.run.stderr and int(done[1]) <= known),
                       'not as many statements are done')
        elif status == 6:
            self._want(not journal or unknown, '6, but half done')
        else:
            self._want(False, 'a status that it should not have')


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
                          *kind.args, WAIT)
        through.close()
        what = '%s at %s %d %r%s' % (how, side, at, (through.cut or b'')[:60],
                                     '' if again else ', and no other')
        self.faults.check(db.gone(5) is not None, what, 'it goes on', run)
        after = small.State(db)
        verdict = Verdict(run, kind, before, after)
        unknown = 'could not be found out' in run.stderr
        self.seen['status %d%s' % (run.status,
                                   ', not known' if unknown else '')] += 1
        self.seen['lost in COMMIT'] += 'lost during COMMIT' in run.stderr
        self.faults.check(not verdict.wrong, what, verdict.wrong, after, run)
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
    Campaign(server, kind).run(torture.choose(10, None))
torture.done()
