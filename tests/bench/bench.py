"""The benchmark: each row a ratio to psql or sqlite3, or a size with a limit.

bench.py [--runs N] [--big MB] [ROW...]; tests/bench/run starts the server.
"""
import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

import delay
import folders
import measure
from measure import Ratio

SQLMIGRATE = os.path.join(os.environ['top_builddir'], 'sqlmigrate')
PSQL = os.path.join(os.environ['PG_BIN'], 'psql')
PG_DUMP = os.path.join(os.environ['PG_BIN'], 'pg_dump')
SQLITE = 'sqlite3'
SNAPSHOTS = os.path.join(os.environ['top_builddir'], 'tests/bench/snapshots')
POSTMASTER = int(os.environ['PG_POSTMASTER'])
SOCKET = os.environ['PGHOST']
SELECT = 'SELECT version, checksum FROM schema_version ORDER BY version'


class Bench:
    def __init__(self, options, scratch):
        self.runs, self.big = options.runs, options.big
        self.scratch = scratch
        self.made = {}
        self.databases = 0

    def folder(self, make, *arguments):
        """A folder of migrations; each is made once."""
        key = '-'.join([make.__name__, *map(str, arguments)])
        if key not in self.made:
            where = os.path.join(self.scratch, key)
            self.made[key] = make(where, *arguments)
        return self.made[key]

    def postgres(self):
        """An empty PostgreSQL database's name."""
        self.databases += 1
        name = 'bench%d' % self.databases
        for sql in ('DROP DATABASE IF EXISTS bench%d' % max(0, self.databases - 2),
                    'CREATE DATABASE ' + name, 'CHECKPOINT'):
            measure.run([PSQL, '-Xqd', 'postgres', '-c', sql])
        return name

    def sqlite(self):
        """The path of an SQLite database that is not there yet."""
        self.databases += 1
        for name in os.listdir(self.scratch):
            if name.startswith('bench%d.db' % (self.databases - 2)):
                os.unlink(os.path.join(self.scratch, name))
        return os.path.join(self.scratch, 'bench%d.db' % self.databases)

    def apply(self, where, url, *options, **how):
        return measure.run([SQLMIGRATE, '-q', '-m', where + '/migrations',
                            '-d', url, 'apply', *options], **how)

    def psql_file(self, where, **how):
        return measure.run(
            [PSQL, '-Xq', '-v', 'ON_ERROR_STOP=1', '-d', self.postgres(),
             '-f', where + '/all.sql'], **how)

    def sqlite_file(self, where):
        return measure.run([SQLITE, '-bail', self.sqlite()],
                           stdin=where + '/all.sql')

    def apply_postgres(self, where, *options, **how):
        return self.apply(where, 'postgresql:///' + self.postgres(), *options,
                          **how)

    def apply_sqlite(self, where, *options, **how):
        return self.apply(where, 'sqlite:' + self.sqlite(), *options, **how)

    # Rows: each returns (what was measured, the goal) lines.

    def start(self):
        r = Ratio(self.runs, measure.repeated(50, [SQLMIGRATE, '--version']),
                  measure.repeated(50, [PSQL, '--version']))
        yield ratio('start', r, 'psql --version', 1.0)

    def _nothing_postgres(self, count):
        where = self.folder(folders.make_small, count)
        name = self.postgres()
        self.apply(where, 'postgresql:///' + name)
        return Ratio(
            self.runs * 3, lambda: self.apply(where, 'postgresql:///' + name),
            lambda: measure.run([PSQL, '-XAtqd', name, '-c', SELECT]))

    def nothing_postgres(self):
        small = self._nothing_postgres(1000)
        yield ratio('nothing pending, 1,000 applied, PostgreSQL', small,
                    'psql -c SELECT', 1.5)
        large = self._nothing_postgres(10000)
        yield ('nothing pending, 10,000 applied, PostgreSQL',
               large.ours / small.ours, 'x the 1,000 case', 10)

    def nothing_sqlite(self):
        where = self.folder(folders.make_small, 1000)
        path = self.sqlite()
        self.apply(where, 'sqlite:' + path)
        r = Ratio(self.runs * 3, lambda: self.apply(where, 'sqlite:' + path),
                  lambda: measure.run([SQLITE, path, SELECT]))
        yield ratio('nothing pending, 1,000 applied, SQLite', r,
                    'sqlite3 SELECT', 2)

    def rounds(self, count):
        """What takes long is done less often."""
        return self.runs if count <= 1000 else max(1, self.runs // 3)

    def _small_postgres(self, count, *options):
        where = self.folder(folders.make_small, count)
        return Ratio(self.rounds(count),
                     lambda: self.apply_postgres(where, *options),
                     lambda: self.psql_file(where))

    def _small_sqlite(self, count, *options):
        where = self.folder(folders.make_small, count)
        return Ratio(self.rounds(count),
                     lambda: self.apply_sqlite(where, *options),
                     lambda: self.sqlite_file(where))

    def small_postgres(self):
        yield ratio('1,000 small ones, PostgreSQL', self._small_postgres(1000),
                    'psql -f', 1.0)
        yield ratio('the same, --single-transaction',
                    self._small_postgres(1000, '--single-transaction'),
                    'psql -f', 0.8)

    def small_sqlite(self):
        yield ratio('1,000 small ones, SQLite', self._small_sqlite(1000),
                    'sqlite3', 0.95)
        yield ratio('the same, --single-transaction',
                    self._small_sqlite(1000, '--single-transaction'),
                    'sqlite3', 0.25)

    def many(self):
        yield ratio('10,000 small ones, PostgreSQL',
                    self._small_postgres(10000), 'psql -f', 1.0)
        yield ratio('10,000 small ones, SQLite', self._small_sqlite(10000),
                    'sqlite3', 1.0)

    def big_postgres(self):
        where = self.folder(folders.make_big, self.big)
        everywhere = os.sched_getaffinity(0)
        backend = Backend()
        for client, server, text, goal in (
                ({0}, {1}, 'client and server on two cores', 0.15),
                ({0}, {0}, 'both on one core', 0.7)):
            os.sched_setaffinity(POSTMASTER, server & everywhere or everywhere)
            try:
                r = Ratio(max(1, self.runs // 3), lambda: backend.watch(
                    lambda: self.apply_postgres(where, cpus=client,
                                                memory=True)),
                          lambda: self.psql_file(where, cpus=client))
            finally:
                os.sched_setaffinity(POSTMASTER, everywhere)
            yield ratio('%d MB of INSERTs, PostgreSQL, %s' % (self.big, text),
                        r, 'psql -f', goal)
        yield "the server's backend, its own memory", \
            backend.peak_kib / 1024, 'MiB', 10
        yield 'peak memory of the runner', r.peak_kib / 1024, 'MiB', 16

    def big_sqlite(self):
        where = self.folder(folders.make_big, self.big)
        r = Ratio(max(1, self.runs // 3),
                  lambda: self.apply_sqlite(where, memory=True),
                  lambda: self.sqlite_file(where))
        yield ratio('%d MB of INSERTs, SQLite' % self.big, r, 'sqlite3', 0.8)
        yield 'peak memory of the runner', r.peak_kib / 1024, 'MiB', 16

    def huge(self):
        where = self.folder(folders.make_big, 2000)
        cost = self.apply_sqlite(where, memory=True)
        yield '2 GB of INSERTs, SQLite, peak memory', \
            cost.peak_kib / 1024, 'MiB', 16
        cost = self.apply_postgres(where, memory=True)
        yield '2 GB of INSERTs, PostgreSQL, peak memory', \
            cost.peak_kib / 1024, 'MiB', 16
        shutil.rmtree(where)

    def network(self):
        where = self.folder(folders.make_small, 1000)
        near = os.path.join(self.scratch, 'near')
        os.makedirs(near, exist_ok=True)
        pid = delay.start(near, SOCKET + '/.s.PGSQL.5432', 0.001)
        far = {'env': {'PGHOST': near}}
        try:
            r = Ratio(max(1, self.runs // 3),
                      lambda: self.apply_postgres(where, **far),
                      lambda: self.psql_file(where, **far))
        finally:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        yield ratio('1,000 small ones, network of 1 ms each way', r,
                    'psql -f', 0.4)

    def check(self):
        where = self.folder(folders.make_texts, 10000, 20000)
        files = where + '/migrations'
        r = Ratio(self.runs, lambda: measure.run(
            [SQLMIGRATE, '-q', '-m', files, '-d',
             'sqlite:' + self.empty_sqlite(), 'plan']),
                  lambda: measure.run(
                      ['sh', '-c', 'cd "$0" && ls | xargs sha256sum', files]))
        yield ratio('plan of 10,000 files of 20 KB', r, 'sha256sum', 2.5)

    def _prove(self, url, apply):
        where = self.folder(folders.make_pairs, 200)

        def thrice():
            return measure.total(apply(where) for _ in range(3))
        return Ratio(self.runs, lambda: measure.run(
            [SQLMIGRATE, '-q', '-m', where + '/migrations', '-d', url(),
             'prove', '--all']), thrice)

    def prove(self):
        yield ratio('200 proven, PostgreSQL', self._prove(
            lambda: 'postgresql:///' + self.postgres(), self.apply_postgres),
                    'three applies of them', 3)
        yield ratio('200 proven, SQLite', self._prove(
            lambda: 'sqlite:' + self.sqlite(), self.apply_sqlite),
                    'three applies of them', 3)

    def snapshot(self):
        where = self.folder(folders.make_wide, 1000)
        name = self.postgres()
        self.apply(where, 'postgresql:///' + name)
        ratios = []
        for _ in range(self.runs):
            ours = int(subprocess.check_output(
                [SNAPSHOTS, 'postgresql:///' + name, '5'])) / 1000
            floor = measure.run([PG_DUMP, '-s', name]).wall
            ratios.append((ours / floor, ours, floor))
        middle = sorted(ratios)[len(ratios) // 2]
        yield ('a warm snapshot of 1,000 tables', middle[0],
               'x pg_dump -s (%.3g s to %.3g s)' % middle[1:], 0.25)
        r = Ratio(self.runs, lambda: measure.run(
            [SQLMIGRATE, '-d', 'postgresql:///' + name, 'dump']),
                  lambda: measure.run([PG_DUMP, '-s', name]))
        yield ratio('dump of 1,000 tables, from its start', r, 'pg_dump -s', 1)

    def empty_sqlite(self):
        path = os.path.join(self.scratch, 'empty.db')
        if not os.path.exists(path):
            measure.run([SQLITE, path, 'VACUUM'])
        return path

    def size(self):
        stripped = os.path.join(self.scratch, 'stripped')
        measure.run(['strip', '-o', stripped, SQLMIGRATE])
        yield 'the program, stripped', os.path.getsize(stripped) / 1024, \
            'KiB', 300


class Backend:
    """The most memory of its own that a server process ever had."""

    def __init__(self):
        self.peak_kib = 0

    def watch(self, work):
        done = threading.Event()
        watcher = threading.Thread(target=self._sample, args=(done,))
        watcher.start()
        try:
            return work()
        finally:
            done.set()
            watcher.join()

    def _sample(self, done):
        while not done.wait(0.1):
            listed = subprocess.run(
                ['pgrep', '-P', str(POSTMASTER), '-f', 'postgres: .* bench'],
                stdout=subprocess.PIPE, check=False)
            for pid in listed.stdout.split():
                try:
                    with open('/proc/%d/status' % int(pid)) as status:
                        self._take(status.read())
                except OSError:
                    continue

    def _take(self, status):
        for line in status.splitlines():
            if line.startswith('RssAnon:'):
                self.peak_kib = max(self.peak_kib, int(line.split()[1]))


def ratio(what, r, floor, goal):
    detail = 'x %s (%.3g s to %.3g s)' % (floor, r.ours, r.floor)
    return what, r.ratio, detail, goal


ROWS = ('start', 'size', 'nothing_postgres', 'nothing_sqlite',
        'small_postgres', 'small_sqlite', 'network', 'check', 'prove', 'snapshot',
        'big_sqlite', 'big_postgres', 'many', 'huge')


def show(name, lines):
    for what, value, unit, goal in lines:
        print('%-16s %-52s %8.3g  %s; goal %g%s' % (
            name, what, value, unit, goal,
            '' if value <= goal else ', MISSED'), flush=True)


def main():
    parser = argparse.ArgumentParser(prog='tests/bench/run')
    parser.add_argument('--runs', type=int, default=5)
    parser.add_argument('--big', type=int, default=200, metavar='MB')
    parser.add_argument('rows', nargs='*', metavar='ROW',
                        help='of: ' + ', '.join(ROWS))
    options = parser.parse_args()
    for name in options.rows:
        if name not in ROWS:
            parser.error('no row %s; there are: %s' % (name, ', '.join(ROWS)))
    # The folder is removed after a kill, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    scratch = tempfile.mkdtemp(prefix='sqlmigrate-bench.')
    bench = Bench(options, scratch)
    try:
        for name in options.rows or ROWS:
            show(name, getattr(bench, name)())
    except measure.Failed as failed:
        sys.exit('bench: %s' % failed)
    finally:
        shutil.rmtree(scratch)


if __name__ == '__main__':
    started = time.time()
    main()
    print('%d seconds in all' % (time.time() - started))
