#!/usr/bin/env python3
"""Behind PgBouncer, which shares sessions or keeps them whole: 50 runners."""
import atexit
import os
import shutil
import subprocess
import tempfile

import database
import many
import proxy
import small
import torture

CONFIGURATION = '''[databases]
* = host={host} user=postgres
[pgbouncer]
listen_addr =
unix_socket_dir = {directory}
listen_port = 6432
auth_type = any
pool_mode = {mode}
default_pool_size = {size}
max_client_conn = 300
logfile = {directory}/log
pidfile = {directory}/pid
'''


class Pooler:
    """The real one; as nobody or postgres where we are root."""

    def __init__(self, server, mode, size):
        self.directory = tempfile.mkdtemp(dir=torture.tmp)
        os.chmod(self.directory, 0o777)
        path = os.path.join(self.directory, 'ini')
        with open(path, 'w') as ini:
            ini.write(CONFIGURATION.format(
                host=server.host, directory=self.directory, mode=mode,
                size=size))
        who = {} if os.getuid() else {'user': 'nobody', 'extra_groups': []}
        program = shutil.which('pgbouncer', path='/usr/sbin:' +
                               os.environ['PATH'])
        self.process = subprocess.Popen(
            [program, '-q', path], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, **who)
        atexit.register(self.stop)
        socket = self.directory + '/.s.PGSQL.6432'
        torture.ok(torture.eventually(lambda: os.path.exists(socket))
                   is not None, 'the pooler is there: ' + mode)

    def url(self, db):
        return db.through(self.directory, 6432)

    def stop(self):
        self.process.kill()
        self.process.wait()


def refused(server, pooler):
    """A file without a transaction, where sessions are shared."""
    db = server.database()
    path = torture.folder(many.files('postgres', True))
    run = torture.run(pooler.url(db), path, 'apply')
    torture.ok(run.status == 2 and 'a pooler stands before the server' in
               run.stderr and '--pooler=session' in run.stderr,
               'a file without a transaction is refused, with the reason', run)
    torture.same(small.State(db).rows, [], 'before anything ran')
    pooler.stop()
    db.drop()


def rounds(server, mode, size, count):
    pooler = Pooler(server, mode, size)
    told = many.Rounds('PgBouncer, %s mode, %d connections' % (mode, size))
    session = mode == 'session'
    for i in range(count):
        db = server.database()
        told.one(db, 50, session, pooler.url(db),
                 ['--pooler=session'] if session else [])
    told.report()
    return pooler


def in_doubt():
    """The client is cut off while the server goes on with its COMMIT.

    Behind the pooler no lock of a session tells whether the old one is gone.
    """
    server = database.Server("synchronous_standby_names = 'nobody'",
                             'synchronous_commit = local')
    pooler = Pooler(server, 'transaction', 10)
    path = torture.folder({'001_a': 'CREATE TABLE a (x integer);',
                           '002_b': 'CREATE TABLE b (x integer);'})

    def start(at, waits):
        db = server.database()
        torture.run(db.url, path, 'apply', '001')
        db.sql('ALTER DATABASE %s SET synchronous_commit = %s' % (
            db.name, waits))
        through = proxy.Proxy(pooler.directory, proxy.CLIENT, at, proxy.AFTER,
                              port=6432)
        return db, through, torture.Run(db.through(through.directory), path,
                                        'apply', '--lock-wait=20s')

    db, through, run = start(0, 'local')
    torture.same(run.wait().status, 0, 'a run that is not cut off')
    sent = through.texts[proxy.CLIENT]
    commit = [i for i, text in enumerate(sent) if b'COMMIT' in text][-1]
    # Parse, Bind, Describe, Execute, Sync; counted from 1.
    db, through, run = start(commit + 5, 'on')
    torture.ok(torture.eventually(lambda: db.sql(
        "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep'"))
        is not None, 'COMMIT waits for a standby that there is not')
    torture.ok(torture.eventually(lambda: 'waiting for the lock' in
                                  run.so_far()) is not None,
               'the run waits for the server that it has lost', run.so_far())
    db.sql("ALTER SYSTEM SET synchronous_standby_names = ''")
    db.sql('SELECT pg_reload_conf()')
    run.wait()
    torture.ok(run.status == 0 and 'which had succeeded' in run.stderr,
               'and finds that its COMMIT had succeeded', run)
    torture.same(db.column('SELECT number FROM schema_version ORDER BY 1'),
                 ['1', '2'], 'each once')
    pooler.stop()
    server.stop()


if not torture.have('postgres'):
    torture.ok(True, 'there is no PostgreSQL')
    torture.done()
in_doubt()
server = database.Server()
count = torture.choose(1, 100)
refused(server, rounds(server, 'transaction', 10, count))
rounds(server, 'transaction', 60, count).stop()
rounds(server, 'session', 60, count).stop()
rounds(server, 'session', 10, count).stop()
torture.done()
