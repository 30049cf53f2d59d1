"""What the torture tests share: TAP, the two forms, and the program.

A test runs in a short form, or in full where SQLMIGRATE_TORTURE is "full";
TORTURE_SEED repeats one of an earlier run.  tests/lib/run-test starts it.
"""
import atexit
import os
import random
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time

FULL = os.environ.get('SQLMIGRATE_TORTURE') == 'full'
SEED = int(os.environ.get('TORTURE_SEED', time.time_ns() % 1000000))
TOP = os.environ.get('top_srcdir') or os.path.abspath(
    os.path.join(os.path.dirname(__file__), '..', '..'))
PROGRAM = os.environ.get('SQLMIGRATE') or os.path.join(
    os.environ.get('top_builddir', os.getcwd()), 'sqlmigrate')

for name in list(os.environ):
    if name.startswith(('PG', 'POSTGRES_', 'SQLMIGRATE_', 'DATABASE_URL')):
        if name != 'SQLMIGRATE_TEST_POSTGRES':
            del os.environ[name]
os.environ.update(LC_ALL='C.UTF-8', TZ='UTC')
random.seed(SEED)
sys.stdout.reconfigure(line_buffering=True)

tmp = tempfile.mkdtemp(prefix='sqlmigrate-torture.')
os.chmod(tmp, 0o755)
atexit.register(shutil.rmtree, tmp, ignore_errors=True)
os.environ['HOME'] = tmp
signal.signal(signal.SIGTERM, lambda *args: sys.exit(143))
signal.signal(signal.SIGHUP, lambda *args: sys.exit(129))


class Tap:
    count = failed = 0


def diag(text):
    for line in str(text).splitlines():
        print('# ' + line)


def ok(good, name, why=''):
    """An assertion; why tells of a failure."""
    Tap.count += 1
    Tap.failed += not good
    print('%s %d - %s' % ('ok' if good else 'not ok', Tap.count, name))
    if not good:
        diag(why)
    return good


def same(got, wanted, name):
    return ok(got == wanted, name, 'got:    %s\nwanted: %s' % (got, wanted))


def done():
    """The end of a test."""
    if Tap.count == 0:
        ok(False, 'at least one assertion was made')
    print('1..%d' % Tap.count)
    sys.exit(1 if Tap.failed else 0)


class Faults:
    """Violations of many rounds, of which the first few are shown."""

    def __init__(self, name):
        self.name, self.found = name, []

    def check(self, good, *what):
        if not good:
            self.found.append(' '.join(str(w) for w in what))
        return good

    def report(self):
        return ok(not self.found, self.name, 'seed %d; %d faults, such as:\n%s'
                  % (SEED, len(self.found), '\n'.join(self.found[:5])))


def choose(short, full):
    return full if FULL else short


def have(engine):
    if os.environ.get('WITH_' + engine.upper(), 'yes') != 'yes':
        return False
    return engine != 'postgres' or \
        os.environ.get('SQLMIGRATE_TEST_POSTGRES') != 'no'


def eventually(condition, seconds=20):
    """Wait until it holds: for how long, or None where it never did."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > seconds:
            return None
        time.sleep(0.002)
    return time.monotonic() - began


def folder(files, path=None):
    """A folder of migrations: {name without .sql: text}."""
    path = path or tempfile.mkdtemp(dir=tmp)
    os.makedirs(path, exist_ok=True)
    for name, text in files.items():
        with open(os.path.join(path, name + '.sql'), 'w') as out:
            out.write(text + '\n')
    return path


class Run:
    """One run of the program, with its output in files."""

    def __init__(self, url, path, *args, cwd=tmp, **more):
        self.args = args
        self.files = [tempfile.TemporaryFile(dir=tmp) for i in range(2)]
        self.process = subprocess.Popen(
            [PROGRAM, '-d', url, '-m', path, *args], cwd=cwd,
            stdin=subprocess.DEVNULL, stdout=self.files[0],
            stderr=self.files[1], **more)
        # Popen.wait() with a limit sleeps between looks, which costs time.
        self.ended = os.pidfd_open(self.process.pid)

    def so_far(self):
        """What it has said on standard error."""
        # The process has the same file, and writes where that stands.
        return os.pread(self.files[1].fileno(), 1 << 20, 0).decode()

    def output(self):
        texts = []
        for f in self.files:
            f.seek(0)
            texts.append(f.read().decode())
            f.close()
        self.stdout, self.stderr = texts
        return self

    def wait(self, seconds=120):
        if not select.select([self.ended], [], [], seconds)[0]:
            self.process.kill()
        os.close(self.ended)
        self.status = self.process.wait()
        return self.output()

    def kill(self, sig=signal.SIGKILL):
        """End it: whether it was still there."""
        alive = self.process.poll() is None
        if alive:
            self.process.send_signal(sig)
        self.wait()
        return alive and self.status == -sig

    def __str__(self):
        return '%s: status %s\n%s%s' % (
            ' '.join(self.args), self.status, self.stdout, self.stderr)


def run(url, path, *args, **more):
    return Run(url, path, *args, **more).wait()
