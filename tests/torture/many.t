#!/usr/bin/env python3
"""150 runners on PostgreSQL, 50 on SQLite, at once, again and again."""
import fcntl
import sqlite3

import database
import many
import torture


def postgres():
    """Below the limit of connections, and above it."""
    roomy = database.Server('max_connections = 200')
    narrow = database.Server('max_connections = 60')
    for server, name in (roomy, 'below'), (narrow, 'above'):
        rounds = many.Rounds('PostgreSQL, %s the limit of connections' % name)
        for i in range(torture.choose(1, 50)):
            rounds.one(server.database(), torture.choose(100, 150),
                       torture.choose(True, i % 2 == 0))
        rounds.report()
        with open(server.host + '/server.log') as log:
            torture.ok('deadlock' not in log.read(),
                       'the server, %s the limit, saw no deadlock' % name)
        server.stop()


def sqlite():
    for journal in 'delete', 'wal':
        rounds = many.Rounds('SQLite, ' + journal)
        for i in range(torture.choose(1, 50)):
            rounds.one(database.Sqlite(journal), torture.choose(25, 50),
                       torture.choose(True, i % 2 == 0))
        rounds.report()


def seen_late():
    """What became half applied while a run waited may be another's work.

    On SQLite a run of transactions alone does not hold the lock of those
    without one: it looks again, and waits for that, before it judges.
    """
    files = many.files('sqlite', False)
    files = {name: files[name] for name in ('001_effects', '002_t')}
    files['003_o'] = '-- sqlmigrate: no-transaction\nVACUUM;\nSELECT nosuch;'
    path = torture.folder(files)
    half, db = database.Sqlite(), database.Sqlite()
    run = torture.run(half.url, path, 'apply')
    torture.same(run.status, 7, 'another database, where one is half applied')
    torture.run(db.url, path, 'apply', '001')
    other = sqlite3.connect(db.path, isolation_level=None)
    other.execute('ATTACH ? AS half', (half.path,))
    other.execute('BEGIN IMMEDIATE')
    run = torture.Run(db.url, path, 'apply', '002', '--lock-wait=2s')
    torture.ok(torture.eventually(lambda: 'waiting' in run.so_far()) is not
               None, 'a run waits for a writer')
    with open(db.path + '-sqlmigrate-lock', 'w') as lock:
        fcntl.lockf(lock, fcntl.LOCK_EX)
        for table in 'schema_version', 'schema_version_journal':
            other.execute('DELETE FROM main.%s' % table)
            other.execute('INSERT INTO main.%s SELECT * FROM half.%s' %
                          (table, table))
        other.execute('COMMIT')
        run.wait()
    other.close()
    torture.ok(run.status == 5 and 'held by pid' in run.stderr,
               'it takes for another\'s work what that still holds', run)
    run = torture.run(db.url, path, 'apply', '002')
    torture.same(run.status, 7, 'and for half applied what nobody does')


if torture.have('postgres'):
    postgres()
if torture.have('sqlite'):
    sqlite()
    seen_late()
torture.done()
