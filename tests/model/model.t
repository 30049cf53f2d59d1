#!/usr/bin/env python3
"""The models of the history protocol, checked by Spin.

Each configuration is searched completely: a right one holds in all of its
states, and a wrong design must break the property that is named, or else the
model sees nothing any more.  Short, or in full if SQLMIGRATE_TORTURE is
"full".
"""
import atexit
import concurrent.futures
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time

FULL = os.environ.get('SQLMIGRATE_TORTURE') == 'full'
HERE = os.path.join(
    os.environ.get('top_srcdir') or os.path.join(
        os.path.dirname(os.path.abspath(__file__)), '..', '..'),
    'tests', 'model')
CC = shlex.split(os.environ.get('CC') or 'gcc')
JOBS = 2
SECONDS = 1500 if FULL else 120
MEGABYTES = 3500 if FULL else 700
DEPTH = 1000000 if FULL else 20000

sys.stdout.reconfigure(line_buffering=True)
tmp = tempfile.mkdtemp(prefix='sqlmigrate-model.')
atexit.register(shutil.rmtree, tmp, ignore_errors=True)
signal.signal(signal.SIGTERM, lambda *args: sys.exit(143))
signal.signal(signal.SIGHUP, lambda *args: sys.exit(129))
failures = count = 0


def ok(good, name, why=''):
    global count, failures
    count += 1
    failures += not good
    print('%s %d - %s' % ('ok' if good else 'not ok', count, name))
    if not good:
        for line in why.splitlines():
            print('# ' + line)


class Search:
    """One configuration, and what pan reports of it."""

    def __init__(self, model, name, flags):
        self.model, self.name, self.flags = model, name, flags.split()
        self.text, self.seconds = '', 0

    def command(self, *words, seconds=SECONDS):
        try:
            done = subprocess.run(
                words, cwd=self.path, stdin=subprocess.DEVNULL, text=True,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                timeout=seconds)
        except subprocess.TimeoutExpired:
            return False, 'not ended within %d s' % seconds
        return done.returncode == 0, done.stdout

    def run(self):
        self.path = tempfile.mkdtemp(dir=tmp)
        self.broken = None
        good, text = self.command(
            'spin', '-a', *self.flags, os.path.join(HERE, self.model))
        # Optimizing takes longer than a short search.
        if good:
            good, text = self.command(
                *CC, *(['-O1', '-DCOLLAPSE'] if self.long() else ['-O0']),
                '-w', '-DSAFETY', '-DVECTORSZ=2048',
                '-DMEMLIM=%d' % MEGABYTES, '-o', 'pan', 'pan.c')
        if not good:
            self.text = 'cannot build the search:\n' + text
            return self
        began = time.monotonic()
        good, text = self.command('./pan', '-n', '-m%d' % DEPTH, '-w20')
        self.text = text if good else 'pan failed:\n' + text
        self.seconds = time.monotonic() - began
        self.broken = self.property()
        shutil.rmtree(self.path)
        return self

    def long(self):
        return FULL and not any(f.startswith('-DW_') for f in self.flags)

    def number(self, pattern):
        found = re.search(pattern, self.text, re.M)
        return float(found[1]) if found else 0

    def figures(self):
        return '%d states, %.1f s, %d MB' % (
            self.states(), self.seconds,
            self.number(r'^ *([\d.]+)\s+total actual memory usage'))

    def states(self):
        return self.number(r'^ *([\d.e+]+) states, stored')

    def is_complete(self):
        """Every state was visited, and none was found wrong."""
        return re.search(r'errors: 0$', self.text, re.M) and not re.search(
            r'pan failed|not ended|not completed|max search depth too small|'
            r'out of memory|-DMEMLIM|interrupted', self.text)

    def property(self):
        """Which property was broken: that named at the assertion."""
        if 'pan:1: invalid end state' in self.text:
            return 'no deadlock'
        if 'pan:1: assertion violated' not in self.text:
            return None
        good, text = self.command(
            'spin', '-k', self.model + '.trail', *self.flags,
            os.path.join(HERE, self.model))
        found = re.search(
            r'^spin: (\S+):(\d+), Error: assertion violated', text, re.M)
        return self.named(found[1], int(found[2])) if found else None

    def named(self, name, line):
        with open(os.path.join(HERE, os.path.basename(name))) as f:
            lines = f.read().split('\n')
        for at in range(line, max(line - 5, 0), -1):
            found = re.search(r'\b(P\d)\b', lines[at - 1])
            if found:
                return found[1]
        return None


class Holds(Search):
    """All properties hold; at least so many states."""

    def __init__(self, model, name, floor, flags):
        super().__init__(model, name, flags)
        self.floor = floor

    def tell(self):
        ok(self.is_complete() and self.states() >= self.floor,
           self.name + ': all holds',
           'at least %d states expected\n%s' % (self.floor, self.text))


class Fails(Search):
    """A wrong design, which breaks this property."""

    def __init__(self, model, name, broken, flags):
        super().__init__(model, name, flags)
        self.wanted = broken

    def tell(self):
        ok(self.broken == self.wanted,
           '%s: %s is broken, as it must be' % (self.name, self.wanted),
           'broken: %s\n%s' % (self.broken, self.text))


H, S = 'history.pml', 'sqlite.pml'
BACK = '-DROWS=3 -DROLE1=ROLLBACK '
POOL = '-DPOOLED -DKIND1=T '
PART = '-DFRESH -DROWS=4 -DROLE0=APPLY_0 '
SHORT = [
    Holds(H, 'a crash, a cut, a kill or a timeout', 80000,
          '-DFAULTS=1 -DCRASHES=1 -DCUTS=1 -DKILLS=1 -DFAILS=1'),
    Holds(H, 'a cut and a kill', 100000,
          '-DSTATEMENTS=1 -DCUTS=1 -DKILLS=1 -DONE_SIDE'),
    Holds(H, 'two crashes', 50000, '-DSTATEMENTS=1 -DCRASHES=2'),
    Holds(H, 'a pooler: a cut and a timeout', 10000,
          POOL + '-DCUTS=1 -DFAILS=1'),
    Holds(H, 'a body that gives up the lock: a timeout', 5000,
          '-DUNLOCK_T -DFAILS=1'),
    Holds(H, 'a statement that gives up the lock: a kill', 50000,
          '-DUNLOCK_S1 -DKILLS=1'),
    Holds(H, 'a rollback: a kill', 20000, BACK + '-DKILLS=1'),
    Holds(S, 'SQLite: an I/O error and a kill', 50000,
          '-DDOUBTS=1 -DKILLS=1'),
    Holds(S, 'SQLite, a new file, and a run of a part: a kill', 5000,
          PART + '-DKILLS=1'),
]
# What holds only because of the other half of it is left out together.
SEEDS = [
    Fails(H, 'the plan of before an outcome in doubt', 'P3',
          '-DW_NOF1 -DW_NOF2 -DW_NOCAS_FIRST -DCUTS=1 -DKILLS=1'),
    Fails(H, 'journal writes that compare nothing', 'P3',
          '-DW_NOCAS -DUNLOCK_S1 -DKILLS=1'),
    Fails(H, 'looking again without the lock', 'P3',
          '-DW_NORETAKE -DW_NOF2 -DW_NOSECOND -DW_NOCAS_FIRST -DUNLOCK_T '
          '-DKILLS=1 -DFAILS=1'),
    Fails(H, 'journal writes that compare no token', 'P3',
          '-DW_ABA -DUNLOCK_S1 -DKILLS=1'),
    Fails(H, 'a second attempt with the first plan', 'P6',
          '-DW_NOSECOND -DROWS=1 -DKIND1=T -DROLE1=ROLLBACK -DUNLOCK_T '
          '-DFAILS=1'),
    Fails(H, 'a row that overwrites, and no look before', 'P1',
          '-DW_NOLOOK -DW_UPSERT ' + POOL),
    Fails(H, 'body, row and COMMIT in one message', 'P5',
          '-DW_ONEMSG -DCUTS=1'),
    Fails(H, 'a lost COMMIT that is not outlasted', 'P5',
          '-DW_NOWAIT -DCUTS=1'),
    Fails(H, 'no entry before a statement', 'P3', '-DW_NOSTARTED -DKILLS=1'),
    Fails(S, 'SQLite: a resumed rollback that forgets the half', 'P3',
          '-DW_FORGETS_RESUMED -DROWS=1 -DROLE1=ROLLBACK -DKILLS=1 -DFAILS=2'),
    Fails(S, 'SQLite: keeping the file while waiting for the lock',
          'no deadlock', '-DW_KEPT_WAITS ' + PART + '-DKILLS=1'),
]
EVERYTHING = [
    Holds(S, 'SQLite, three runs: two kills', 100000, '-DNR=3 -DKILLS=2'),
    Holds(H, 'a cut and a kill, two statements', 200000,
          '-DCUTS=1 -DKILLS=1'),
    Holds(H, 'two crashes, two statements', 200000, '-DCRASHES=2'),
    Holds(H, 'a cut, a kill and a crash', 1000000,
          '-DCUTS=1 -DKILLS=1 -DCRASHES=1 -DONE_SIDE'),
    Holds(H, 'three runs: a kill', 300000, '-DNR=3 -DKILLS=1'),
    Holds(H, 'a pooler, three runs: a cut and a kill', 500000,
          '-DNR=3 -DCUTS=1 -DKILLS=1 ' + POOL),
    Holds(H, 'a pooler: all faults, and a body that unlocks', 1000000,
          '-DUNLOCK_T -DCUTS=1 -DKILLS=1 -DCRASHES=1 -DFAILS=1 ' + POOL),
    Holds(H, 'a body that gives up the lock: three faults', 1000000,
          '-DUNLOCK_T -DCUTS=1 -DKILLS=1 -DFAILS=1 -DONE_SIDE'),
    Holds(H, 'a statement that gives up the lock as it begins: a kill '
          'and a timeout', 1000000,
          '-DUNLOCK_S1_EARLY -DKILLS=1 -DFAILS=1'),
    Holds(H, 'a rollback: a cut, a kill and a timeout', 1000000,
          BACK + '-DCUTS=1 -DKILLS=1 -DFAILS=1'),
    Holds(H, 'a rollback of a half: a cut, a kill and a timeout', 1000000,
          '-DROWS=1 -DROLE1=ROLLBACK -DCUTS=1 -DKILLS=1 -DFAILS=1'),
    Fails(H, 'a resumed rollback that forgets the half', 'P3',
          '-DW_FORGETS_RESUMED -DROWS=1 -DROLE1=ROLLBACK -DKILLS=2 '
          '-DFAILS=1'),
    Fails(H, 'a plan that nobody agreed to', 'P9',
          '-DW_NOAGREE -DKIND1=T -DROWS=3 -DROLE0=ROLLBACK_ONE '
          '-DROLE1=ROLLBACK_ONE'),
    Fails(H, 'repair that forgets what it has not shown', 'P8',
          '-DW_CLEAR -DROLE1=CLEAR -DKILLS=1'),
    Fails(S, 'SQLite: the plan of before an outcome in doubt', 'P3',
          '-DW_NOF1 -DW_NOF2 -DW_NOCAS_FIRST -DDOUBTS=1 -DKILLS=1'),
    Fails(H, 'no lock of the transaction', 'P4',
          '-DW_NOXLOCK -DW_UPSERT ' + POOL),
    Fails(H, 'one token for two attempts at a statement', 'P3',
          '-DW_ONETOKEN -DUNLOCK_S1 -DKILLS=1 -DFAILS=1'),
    Fails(H, 'a lock on a second connection', 'P3', '-DW_SECOND -DCUTS=1'),
    Fails(H, 'an UPDATE of the journal by hand', 'P3',
          '-DW_BYHAND -DUNLOCK_S1 -DKILLS=1'),
    Fails(H, 'a refused rollback that forgets what is half applied', 'P3',
          '-DW_FORGETS -DROWS=1 -DROLE1=ROLLBACK -DKILLS=1 -DFAILS=1'),
    Fails(S, 'SQLite: no entry before a statement', 'P3',
          '-DW_NOSTARTED -DKILLS=1'),
    Fails(S, 'SQLite: a row that overwrites, and no look before', 'P1',
          '-DW_NOLOOK -DW_UPSERT -DKIND1=T'),
    Fails(S, 'SQLite: a transaction that looks for no other run', 'P6',
          '-DW_NOCHECKLOCK -DW_NOOTHERS -DROWS=1 -DKIND1=NT '
          '-DROLE1=ROLLBACK -DKILLS=1'),
]
for kinds in 'TT', 'TN', 'NT', 'NN':
    flags = '-DKIND0=%s -DKIND1=%s -DROLE1=ROLLBACK ' % tuple(kinds)
    for rows in 1, 3:
        EVERYTHING += [
            Holds(H, '%s next to its rollback, %d applied: %s' % (
                kinds, rows // 2 + 1, faults), 2000, '%s-DROWS=%d %s' % (
                flags, rows, faults))
            for faults in ('-DCUTS=1 -DKILLS=1', '-DCUTS=1 -DFAILS=1',
                           '-DCRASHES=2')]
for name, flags in (
        ('a rollback in one transaction', '-DKIND1=NT -DROLE1=ROLLBACK '
         '-DROWS=1'),
        ('two rollbacks', '-DROWS=3 -DROLE0=ROLLBACK -DROLE1=ROLLBACK_ONE'),
        ('COMMIT sent ahead', '-DAHEAD -DKIND1=T'),
        ('COMMIT sent ahead, and a rollback', '-DAHEAD -DKIND1=T ' + BACK),
        ('--lock=table, no tables', '-DLOCK_TABLE -DKIND1=T -DROWS=4'),
        ('--lock=table, adoption', '-DLOCK_TABLE -DKIND1=T -DROWS=12'),
        ('no tables', '-DROWS=4 -DKIND0=N -DKIND1=T'),
        ('adoption', '-DROWS=8'),
        ('stamp', '-DROLE1=STAMP -DKIND0=N -DKIND1=T'),
        ('repair', '-DROLE1=CLEAR'),
        ('repair and a rollback', '-DROWS=3 -DROLE0=ROLLBACK -DROLE1=CLEAR')):
    EVERYTHING += [
        Holds(H, '%s: %s' % (name, faults), 2000, flags + ' ' + faults)
        for faults in ('-DCUTS=1 -DKILLS=1', '-DCRASHES=1 -DFAILS=1')]
for name, flags in (
        ('apply', ''), ('a new file', '-DFRESH -DROWS=4'),
        ('a new file, and a run of a part', PART),
        ('a rollback', '-DROWS=1 -DROLE1=ROLLBACK'),
        ('a rollback in one transaction',
         '-DROWS=1 -DKIND1=NT -DROLE1=ROLLBACK'),
        ('stamp', '-DROLE1=STAMP -DKIND0=N -DKIND1=T'),
        ('repair', '-DROLE1=CLEAR')):
    EVERYTHING.append(Holds(
        S, 'SQLite, %s: an I/O error, a kill and a timeout' % name, 10000,
        flags + ' -DDOUBTS=1 -DKILLS=1 -DFAILS=1'))

if shutil.which('spin') is None:
    print('ok 1 # SKIP spin is not installed')
    print('1..1')
    sys.exit(0)
searches = SHORT + SEEDS + (EVERYTHING if FULL else [])
with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
    for search in pool.map(lambda s: s.run(), searches):
        search.tell()
        print('# %s: %s' % (search.name, search.figures()))
if count == 0:
    ok(False, 'at least one model was searched')
print('1..%d' % count)
sys.exit(1 if failures else 0)
