"""The databases of the torture tests: PostgreSQL servers, and SQLite files."""
import atexit
import glob
import os
import re
import shutil
import sqlite3
import subprocess

import torture
import wire

LIBRARY = os.path.join(torture.TOP, 'tests', 'lib', 'postgres.sh')

# A shell that has the server as its child does as it is told.
KEEPER = '''. "$0"
trap pg_stop EXIT
%s
while :; do
	echo "$PGHOST|$PG_BIN|$PG_OWN"
	read -r command || exit 0
	"$command" || exit 1
done
'''


START = 'pg_start_own "$@" || exit 1'

# With the files of another one, which is not running.
START_COPY = '''PG_BIN=$(pg_bindir) || exit 1
PG_SERVER_BIN=${PG_SERVER_BIN-$PG_BIN}
PG_ROOT=$(mktemp -d "${TMPDIR:-/tmp}/sqlmigrate-pg.XXXXXX") &&
chmod 755 "$PG_ROOT" && cp -Rp "$1" "$PG_ROOT/data" || exit 1
[ "$(id -u)" -ne 0 ] || chown "$(pg_user)" "$PG_ROOT"
rm -f "$PG_ROOT/data/postmaster.pid"
echo "unix_socket_directories = '$PG_ROOT'" >>"$PG_ROOT/data/postgresql.conf"
PGHOST=$PG_ROOT PGPORT=5432 PGUSER=postgres
export PGHOST PGPORT PGUSER
pg_resume || exit 1'''


class Server:
    """The server of this make, or with own settings one of its own."""

    def __init__(self, *settings):
        host = os.environ.get('TEST_PGHOST')
        self.keeper = None
        if host and not settings:
            self.host = host
            return
        self._keep(START, settings)

    def _keep(self, start, args):
        self.keeper = subprocess.Popen(
            ['sh', '-c', KEEPER % start, LIBRARY, *args],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._listen()
        atexit.register(self.stop)

    def _listen(self):
        line = self.keeper.stdout.readline().strip()
        if not line:
            raise SystemExit('the server did not start')
        self.host, self.programs, self.pid = line.split('|')

    def _tell(self, command):
        self.keeper.stdin.write(command + '\n')
        self.keeper.stdin.flush()
        self._listen()

    def crash(self):
        self._tell('pg_crash')

    def resume(self):
        self._tell('pg_resume')

    def stop(self):
        if self.keeper is not None:
            self.keeper.stdin.close()
            self.keeper.wait()
            self.keeper = None

    def client(self, database='postgres'):
        return wire.Client(self.host, database)

    def database(self):
        return Postgres(self)


class Copy(Server):
    """A server of its own, with the files of one that has crashed."""

    def __init__(self, other):
        self._keep(START_COPY, [other.host + '/data'])


def servers(count, *settings):
    """So many that are alike."""
    first = Server(*settings)
    first.crash()
    others = [Copy(first) for i in range(1, count)]
    first.resume()
    return [first] + others


class Postgres:
    """A database of its own; sql() goes over a connection that is kept."""

    engine = 'postgres'
    count = 0

    def __init__(self, server):
        Postgres.count += 1
        self.server = server
        self.name = 'torture%d_%d' % (os.getpid(), Postgres.count)
        self.url = self.through(server.host)
        self.admin = server.client()
        self.admin.query('CREATE DATABASE %s' % self.name)
        self.connection = server.client(self.name)

    def through(self, host, port=5432):
        """The URL of the database behind another socket."""
        return 'postgresql://postgres@/%s?host=%s&port=%d' % (
            self.name, host, port)

    def reconnect(self):
        self.admin = self.server.client()
        self.connection = self.server.client(self.name)

    def sql(self, text):
        return self.connection.query(text)

    def column(self, text):
        return [row[0] for row in self.sql(text)]

    def drop(self):
        self.connection.close()
        self.admin.query('DROP DATABASE %s WITH (FORCE)' % self.name)
        self.admin.close()

    def activity(self):
        """(pid, state, wait event, query) of each backend of a runner."""
        return self.sql(
            "SELECT pid, state, wait_event, query FROM pg_stat_activity "
            "WHERE datname = '%s' AND application_name = 'sqlmigrate'"
            % self.name)

    def gone(self, seconds=20):
        """Wait until no runner has a backend: seconds, or None."""
        return torture.eventually(lambda: not self.activity(), seconds)

    def one_session(self):
        """Whether no other session than the one for looking on is left."""
        return self.sql(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = '%s'"
            % self.name) == [['1']]

    def locks(self):
        return self.sql(
            "SELECT l.pid FROM pg_locks l JOIN pg_database d ON "
            "d.oid = l.database WHERE locktype = 'advisory' "
            "AND datname = '%s'" % self.name)

    def tables(self):
        return self.column(
            "SELECT relname FROM pg_class c JOIN pg_namespace n "
            "ON n.oid = relnamespace WHERE relkind = 'r' "
            "AND nspname = 'public' ORDER BY 1")

    def schema(self):
        """What pg_dump says of it, without what differs from dump to dump."""
        text = subprocess.run(
            ['pg_dump', '--schema-only', '--dbname', self.url], check=True,
            stdout=subprocess.PIPE, text=True).stdout
        return re.sub(r'(?m)^(--|\\(un)?restrict).*\n|^\n', '', text)


class Sqlite:
    """A file; sql() opens it anew."""

    engine = 'sqlite'
    count = 0

    def __init__(self, journal='delete'):
        Sqlite.count += 1
        self.journal = journal
        self.path = os.path.join(torture.tmp, 'db%d.sqlite' % Sqlite.count)
        self.url = 'sqlite:' + self.path
        if journal != 'delete':
            self.sql('PRAGMA journal_mode = %s' % journal)

    def sql(self, text):
        connection = sqlite3.connect(self.path, isolation_level=None)
        try:
            return connection.execute(text).fetchall()
        finally:
            connection.close()

    def column(self, text):
        return [row[0] for row in self.sql(text)]

    def copy(self):
        """Another one, as a crash would leave it: the journal with it."""
        other = Sqlite()
        for path in glob.glob(self.path + '*'):
            shutil.copy(path, other.path + path[len(self.path):])
        return other

    def gone(self, seconds=0):
        return 0

    def locks(self):
        return []

    def drop(self):
        for path in glob.glob(self.path + '*'):
            os.unlink(path)

    def tables(self):
        return self.column("SELECT name FROM sqlite_schema WHERE type = "
                           "'table' AND name NOT LIKE 'sqlite_%' ORDER BY 1")

    def schema(self):
        return self.sql('SELECT type, name, sql FROM sqlite_schema '
                        'ORDER BY 1, 2')
