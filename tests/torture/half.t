#!/usr/bin/env python3
"""Runs of files without a transaction are killed before, in and after each
statement; what is told of it is so, and --resume does the rest, nothing twice.
"""
import collections
import re
import time

import database
import proxy
import small
import torture

FIRST = {
    'postgres': small.FIRST['postgres'] +
    "\nINSERT INTO effects (n) VALUES (1);\n"
    'CREATE TABLE other (x integer);\n'
    "CREATE TYPE e AS ENUM ('a');\nCREATE INDEX i1 ON effects (n);\n"
    'CREATE PROCEDURE twice() LANGUAGE plpgsql AS $$ BEGIN\n'
    'INSERT INTO effects (n) VALUES (23); COMMIT;\n'
    'PERFORM pg_advisory_lock(42); PERFORM pg_advisory_unlock(42);\n'
    'INSERT INTO effects (n) VALUES (26); END $$;',
    'sqlite': small.FIRST['sqlite'] + '\nINSERT INTO effects (n) VALUES (1);',
}

# Files of five statements; each has an effect, or one that can be seen.
FIVES = {
    'postgres': [
        ['CREATE TABLE t2 (x integer);', 'INSERT INTO effects (n) VALUES (21);',
         'CREATE INDEX CONCURRENTLY i2 ON effects (n);',
         "ALTER TYPE e ADD VALUE 'b';", 'VACUUM effects;'],
        ['BEGIN;\nINSERT INTO effects (n) VALUES (21);\n'
         'INSERT INTO effects (n) VALUES (22);\nCOMMIT;',
         'DROP INDEX CONCURRENTLY i1;', 'CREATE TABLE t2 (x integer);',
         'COPY effects (n) FROM stdin;\n24\n\\.',
         'INSERT INTO effects (n) VALUES (25);'],
    ],
    'sqlite': [
        ['CREATE TABLE t2 (x integer);', 'VACUUM;',
         'BEGIN;\nINSERT INTO effects (n) VALUES (21);\n'
         'INSERT INTO effects (n) VALUES (22);\nCOMMIT;',
         'INSERT INTO effects (n) WITH RECURSIVE r (i) AS (SELECT 1 UNION\n'
         'ALL SELECT i + 1 FROM r WHERE i < 20000) SELECT 23 FROM r\n'
         'WHERE i = 20000;', 'INSERT INTO effects (n) VALUES (24);'],
    ],
}
EFFECTS = {'postgres': [[1, 21], [1, 21, 22, 24, 25]],
           'sqlite': [[1, 21, 22, 23, 24]]}

# The third of five statements waits for what another session holds.
DURING = [
    ('CREATE INDEX CONCURRENTLY i2 ON effects (n);',
     'BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1', 'invalid'),
    ('CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i2 ON effects (seq);',
     'BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1', 'invalid'),
    ('DROP INDEX CONCURRENTLY i1;', 'BEGIN; SELECT * FROM effects', 'begun'),
    ('VACUUM other;', 'BEGIN; LOCK TABLE other', 'begun'),
    ('REINDEX INDEX CONCURRENTLY i1;',
     'BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1', 'invalid'),
    ("ALTER TYPE e ADD VALUE 'b';",
     "BEGIN; ALTER TYPE e ADD VALUE 'z'", 'done'),
    ('ALTER TABLE other ADD COLUMN y integer;',
     'BEGIN; LOCK TABLE other', 'done'),
    ('BEGIN;\nINSERT INTO effects (n) VALUES (23);\nALTER TABLE other\n'
     'ADD COLUMN y integer;\nCOMMIT;', 'BEGIN; LOCK TABLE other', 'done'),
    ('CALL twice();', 'SELECT pg_advisory_lock(42)', 'unknown'),
    ('DO $$ BEGIN INSERT INTO effects (n) VALUES (23);\n'
     'PERFORM pg_advisory_lock(42); END $$;',
     'SELECT pg_advisory_lock(42)', 'unknown'),
]


def five(engine, statements):
    return {'001_a': FIRST[engine], '002_b': '\n'.join(
        ['-- sqlmigrate: no-transaction'] + statements)}


def journal(db):
    return small.State(db).journal


class Half:
    """What must hold after a run was killed, and on the way on."""

    def __init__(self, db, path, effects, faults, seen):
        self.db, self.path, self.effects = db, path, effects
        self.faults, self.seen = faults, seen

    def check(self, what):
        state, db = small.State(self.db), self.db
        rest = torture.run(db.url, self.path, 'apply')
        if not state.journal:
            self.seen['nothing or all of it'] += 1
            self.faults.check(rest.status == 0, what, state, rest)
            return self.end(what, rest)
        number, at, how = state.journal[0]
        self.seen['statement %s %s' % (at, how)] += 1
        words = 'stopped at statement %s, which was %s' % (
            at, how)
        self.faults.check(rest.status == 7 and words in rest.stderr, what,
                          state, rest)
        self.faults.check(small.State(db).effects == state.effects, what,
                          'a refused run did something')
        return self.resume(what)

    def resume(self, what):
        done = torture.run(self.db.url, self.path, 'apply', '--resume',
                           '--yes')
        self.faults.check(done.status == 0, what, done)
        return self.end(what, done)

    def end(self, what, run):
        state = small.State(self.db)
        self.faults.check(
            state.rows == [1, 2] and not state.journal and
            state.effects == self.effects, what, state, run)
        return run


def killed_at_each_message(server, sample):
    seen = collections.Counter()
    faults = torture.Faults('PostgreSQL: killed at each message')
    count = 0
    for statements, effects in zip(FIVES['postgres'], EFFECTS['postgres']):
        path = torture.folder(five('postgres', statements))
        db = server.database()
        through = proxy.Proxy(server.host)
        whole = torture.run(db.through(through.directory), path, 'apply')
        through.close()
        faults.check(whole.status == 0, whole)
        last = through.seen[proxy.CLIENT]
        db.drop()
        for at in range(1, last + 1, max(1, last // sample)):
            for how in proxy.BEFORE, proxy.AFTER:
                db = server.database()
                through = proxy.Proxy(server.host, proxy.CLIENT, at, how)
                run = torture.Run(db.through(through.directory), path,
                                  'apply')
                through.victim = run
                run.wait()
                through.close()
                what = '%s message %d' % (how, at)
                faults.check(db.gone(5) is not None, what, 'it goes on')
                Half(db, path, effects, faults, seen).check(what)
                db.drop()
                count += 1
    torture.diag('PostgreSQL: %d kills: %s' % (count, dict(seen)))
    faults.report()


def killed_at_instants(times):
    """On SQLite, all over a run."""
    seen = collections.Counter()
    faults = torture.Faults('SQLite: killed at each instant')
    for journal_mode in 'delete', 'wal':
        path = torture.folder(five('sqlite', FIVES['sqlite'][0]))
        took = []
        for i in range(5):
            db = database.Sqlite(journal_mode)
            began = time.monotonic()
            torture.run(db.url, path, 'apply')
            took.append(time.monotonic() - began)
            db.drop()
        for i in range(times):
            db = database.Sqlite(journal_mode)
            run = torture.Run(db.url, path, 'apply')
            time.sleep(min(took) * i / times)
            run.kill()
            faults.check(db.sql('PRAGMA integrity_check') == [('ok',)])
            Half(db, path, EFFECTS['sqlite'][0], faults, seen).check(i)
            db.drop()
    torture.diag('SQLite: %d kills: %s' % (2 * times, dict(seen)))
    faults.report()


# Rollbacks of what stopped at its third statement, and the effects then.
UNDONE = [
    (['DELETE FROM effects WHERE n > 20;',
      'INSERT INTO effects (n) VALUES (-2);'], [1, -2]),
    (['-- sqlmigrate: no-transaction', 'INSERT INTO effects (n) VALUES (-22);',
      'VACUUM effects;',
      'BEGIN;\nINSERT INTO effects (n) VALUES (-21);\nCOMMIT;',
      'VACUUM effects;'], [1, 21, 22, -22, -21]),
]


class Undo:
    """What must hold after the rollback of a half-applied one was killed."""

    def __init__(self, engine, rollback, effects):
        self.effects = effects
        self.path = torture.folder(dict(five(engine, [
            'INSERT INTO effects (n) VALUES (21);',
            'INSERT INTO effects (n) VALUES (22);', 'SELECT nosuch;']),
            **{'002_b_rollback': '\n'.join(rollback)}))

    def begin(self, db, faults):
        run = torture.run(db.url, self.path, 'apply')
        faults.check(run.status == 7 and
                     journal(db)[0][1:] in (['2', 'done'], (2, 'done')), run)

    def check(self, db, faults, seen, what):
        state, how = small.State(db), []
        ways = db.column('SELECT direction FROM schema_version_journal')
        seen[ways[0] if ways else 'nothing is left'] += 1
        if ways == ['apply']:
            faults.check(state.effects == [1, 21, 22], what, state)
        elif ways:
            how = ['--resume']
        if ways:
            rest = torture.run(db.url, self.path, 'rollback', '--yes', *how)
            faults.check(rest.status == 0, what, state, rest)
        state = small.State(db)
        faults.check(state.rows == [1] and not state.journal and
                     state.effects == self.effects, what, state)


def undone_at_each_message(server, sample):
    seen = collections.Counter()
    faults = torture.Faults('PostgreSQL: killed while it is undone')
    for rollback, effects in UNDONE:
        undo = Undo('postgres', rollback, effects)
        at, step, last = 0, 1, 1
        while at <= last:
            db = server.database()
            undo.begin(db, faults)
            # The first one is not killed, and tells how many there are.
            through = proxy.Proxy(server.host, proxy.CLIENT, at, proxy.AFTER)
            run = torture.Run(db.through(through.directory), undo.path,
                              'rollback', '--yes')
            through.victim = run
            run.wait()
            through.close()
            if at == 0:
                last = through.seen[proxy.CLIENT]
                step = max(1, last // sample)
            faults.check(db.gone(5) is not None, at, 'it goes on')
            undo.check(db, faults, seen, 'message %d' % at)
            db.drop()
            at += step
    torture.diag('PostgreSQL: undone: %s' % dict(seen))
    faults.report()


def undone_at_instants(times):
    seen = collections.Counter()
    faults = torture.Faults('SQLite: killed while it is undone')
    for rollback, effects in UNDONE:
        undo = Undo('sqlite', [
            'VACUUM;' if s.startswith('VACUUM') else s for s in rollback],
            effects)
        took = None
        for i in range(times + 1):
            db = database.Sqlite('delete')
            undo.begin(db, faults)
            began = time.monotonic()
            run = torture.Run(db.url, undo.path, 'rollback', '--yes')
            if took is None:
                run.wait()
                took = time.monotonic() - began
            else:
                time.sleep(took * i / times)
                run.kill()
            undo.check(db, faults, seen, i)
            db.drop()
    torture.diag('SQLite: undone: %s' % dict(seen))
    faults.report()


def killed_during(server, statement, hold, end):
    """In the third of five, which waits: what is left, and the way on."""
    path = torture.folder(five('postgres', [
        'SET lock_timeout = 0;',
        'INSERT INTO effects (n) VALUES (21);',
        'INSERT INTO effects (n) VALUES (22);', statement,
        'INSERT INTO effects (n) VALUES (24);',
        'INSERT INTO effects (n) VALUES (25);']))
    faults = torture.Faults('killed in ' + statement.split('\n')[-1][:50])
    db = server.database()
    torture.run(db.url, path, 'apply', '001')
    holder = server.client(db.name)
    holder.query(hold)
    run = torture.Run(db.url, path, 'apply')
    faults.check(torture.eventually(lambda: db.sql(
        "SELECT 1 FROM pg_stat_activity WHERE datname = '%s' AND "
        "application_name = 'sqlmigrate' AND wait_event_type = 'Lock'"
        % db.name)) is not None, 'it does not wait')
    faults.check(run.kill(), 'it was not there', run)
    faults.check(db.gone(5) is not None, 'it goes on')
    holder.close()
    torture.eventually(lambda: db.one_session())
    half = Half(db, path, [1, 21, 22, 24, 25], faults,
                collections.Counter())
    if 'VALUES (23)' in statement or 'twice' in statement:
        half.effects = [1, 21, 22, 23, 24, 25]
    faults.check([row[1:] for row in journal(db)] == [
        ['2', 'done'] if end == 'done' else ['3', 'started']],
        small.State(db))
    if end == 'unknown':
        decide(db, path, half, statement)
    else:
        if end == 'invalid':
            invalid(db, path, faults)
        half.check(end)
    faults.check(not invalid_indexes(db), 'an index is left invalid')
    faults.report()
    db.drop()


def invalid_indexes(db):
    return db.column('SELECT indexrelid::regclass FROM pg_index '
                     'WHERE NOT indisvalid')


def invalid(db, path, faults):
    """It is asked about before it is dropped."""
    names = invalid_indexes(db)
    faults.check(names, 'no index is invalid')
    asked = torture.run(db.url, path, 'apply', '--resume')
    faults.check(asked.status == 7 and names and names[0] in asked.stderr and
                 '--yes' in asked.stderr and invalid_indexes(db) == names,
                 asked)


def decide(db, path, half, statement):
    """Nothing can tell: the operator follows the hint."""
    asked = torture.run(db.url, path, 'apply', '--resume', '--yes')
    half.faults.check(
        asked.status == 7 and 'whether statement 3 of 002_b took effect '
        'cannot be seen' in asked.stderr, asked)
    half.faults.check(small.State(db).effects[-1] == (
        23 if 'twice' in statement else 22), small.State(db))
    hint = re.search(r'(repair \d+ --statement \d+=done)$', asked.stderr,
                     re.MULTILINE)
    half.faults.check(hint, 'no hint', asked)
    if 'twice' not in statement:
        db.sql('INSERT INTO effects (n) VALUES (23)')
    said = torture.run(db.url, path, *hint[1].split(), '--yes')
    half.faults.check(said.status == 0, said)
    half.check('decided')


if torture.have('postgres'):
    server = database.Server()
    for case in DURING:
        killed_during(server, *case)
    killed_at_each_message(server, torture.choose(5, 10000))
    undone_at_each_message(server, torture.choose(8, 10000))
if torture.have('sqlite'):
    killed_at_instants(torture.choose(12, 500))
    undone_at_instants(torture.choose(12, 500))
torture.done()
