#!/usr/bin/env python3
"""Two runners compete, and two faults hit them, one after the other.

Each is cut off, killed, stalled, kept from a table, or loses its server, at
any of its messages.  Whatever comes of it: no statement takes effect twice,
what is reported is so, and who follows what is reported loses nothing.

Arguments are the numbers of pairs to play, as TORTURE_SEED has them.
"""
import collections
import itertools
import multiprocessing
import random
import sys
import time

import database
import gates
import proxy
import torture
import two
import verdict

WORKERS = torture.choose(2, 4)
PAIRS = torture.choose(30, 5000)


def play(db, scenario, faults, rng, early=True):
    pair = two.Pair(db, scenario, faults, rng, early)
    pair.play()
    pair.judge()
    pair.finish()
    return pair


def weight(point, gives_up):
    """Of most messages it matters little which of them is the one; but of the
    answer to a statement that gives up the lock it does."""
    few = 1 if point.type in 'ESCZ' else 0.3
    if gives_up and '/* 31 */' in point.query:
        return 100 * few
    if point.query == 'COMMIT':
        return 20 * few
    return few * (3 if '/*' in point.query or 'journal' in point.query else 1)


class Campaign:
    """All pairs of points, in an order of the seed's."""

    def __init__(self, db):
        self.scenarios = list(two.scenarios())
        self.points = {}
        for scenario in self.scenarios:
            for who in 'AB':
                self.points[scenario, who] = self._alone(db, scenario, who)
        self.cells = [
            (scenario, one, other, who)
            for scenario in self.scenarios
            for one, other in itertools.product(gates.KINDS, repeat=2)
            if one != other or one in (gates.CUT, gates.CRASH)
            for who in ('AA', 'AB', 'AB', 'AB', 'BA')
            if one != gates.KILL or who[0] != who[1]]
        random.Random(torture.SEED).shuffle(self.cells)

    @staticmethod
    def _alone(db, scenario, who):
        """The messages of a run that nothing disturbs."""
        pair = two.Pair(db, scenario, [], random.Random(0), names=who)
        if who == 'B' and scenario.back:
            torture.run(db.url, scenario.path, *scenario.args['A'])
        pair.start(who)
        pair.wait()
        pair.close()
        run = pair.scripts[who].runs[0]
        if run.status != 0:
            raise SystemExit('without a fault: %s' % run)
        return [p for p in pair.gates[who].points
                if p.nth <= 2 or p.side == proxy.CLIENT]

    def size(self):
        """How many pairs there are."""
        return sum(len(gates.HOWS[one]) * len(self.points[scenario, who[0]]) *
                   len(gates.HOWS[other]) * len(self.points[scenario, who[1]])
                   for scenario, one, other, who in set(self.cells))

    def pair(self, index):
        """What a Pair takes, by number."""
        rng = random.Random('%d %d' % (torture.SEED, index))
        scenario, one, other, who = self.cells[index % len(self.cells)]
        points = self.points[scenario, who[0]]
        # B comes later, and waits for the lock.
        lock = [p.query.startswith('SELECT CASE WHEN $3') for p in points]
        if who[0] == 'B':
            points = points[:lock.index(True) + 10]
        first = self._fault(rng, one, who[0], points, scenario.gives_up)
        second = self._fault(rng, other, who[1], self._later(
            scenario, first, who[1], rng))
        # Its messages are counted from the first fault on.
        if rng.random() < 0.8:
            second.point = second.point._replace(nth=1)
        if second.point.mark:
            marks = [p.mark for p in self.points[scenario, who[1]]]
            second.later = set(marks[marks.index(second.point.mark):]) - {
                0, second.point.mark}
        early = who[0] == 'B' or rng.random() < (
            0.1 if who[1] == 'B' and second.point.mark == 0 else 0.7)
        return scenario, [first, second], rng, early

    def _later(self, scenario, first, who, rng):
        """Points that a run may well come to after the first fault."""
        points = self.points[scenario, who]
        marks = list(dict.fromkeys(p.mark for p in points))
        at = marks.index(first.point.mark) if first.point.mark in marks else 0
        start = [p for p in points if p.mark == 0]
        waits = first.kind in (gates.STALL, gates.LOCK)
        if rng.random() < 0.05:
            return points
        if who == first.who and waits:
            return points[points.index(first.point) + 1:] or points
        if who == first.who or waits and (
                not scenario.gives_up or first.point.mark == 0):
            return start if rng.random() < 0.9 else points
        if rng.random() < 0.15:
            return start
        return [p for p in points if marks.index(p.mark) >= at] or points

    @staticmethod
    def _fault(rng, kind, who, points, gives_up=False):
        weights = [weight(p, gives_up) for p in points]
        return gates.Fault(kind, who, rng.choices(points, weights)[0],
                         rng.choice(gates.HOWS[kind]), rng.random() < 0.8)

    def play(self, db, index):
        return play(db, *self.pair(index))


class Result:
    """What came of many pairs."""

    def __init__(self):
        self.both = self.one = self.undone = self.claimed = 0
        self.seen, self.kinds = collections.Counter(), collections.Counter()
        self.wrong, self.found = collections.Counter(), []

    def add(self, index, pair):
        fired = [f.kind for f in pair.faults if f.fired]
        self.both += len(fired) == 2
        self.one += len(fired) == 1
        self.undone += pair.undone
        self.claimed += pair.claimed
        if len(fired) == 2:
            self.kinds[' then '.join(fired)] += 1
        for script in pair.scripts.values():
            for run in script.runs:
                self.seen['%s %d' % (run.args[0], run.status)] += 1
        if pair.wrong:
            self.wrong[pair.scenario.name] += 1
            self.found.append('pair %d: %s' % (index, pair))

    def join(self, other):
        self.both += other.both
        self.one += other.one
        self.undone += other.undone
        self.claimed += other.claimed
        for name in 'seen', 'kinds', 'wrong':
            getattr(self, name).update(getattr(other, name))
        self.found += other.found


def work(campaign, server, number, out):
    """One process's share of the pairs, until both faults hit in enough."""
    db, result, index, shown = two.Database(server), Result(), number, 0
    while result.both * WORKERS < PAIRS and len(result.found) < 100:
        result.add(index, campaign.play(db, index))
        index += WORKERS
        if torture.FULL and len(result.found) > shown:
            shown += 1
            torture.diag(result.found[-1])
        if torture.FULL and index % 250 < WORKERS:
            torture.diag('%d of %d pairs of process %d' % (
                result.both, PAIRS // WORKERS, number))
    out.send(result)


def run_all(campaign, servers):
    fork = multiprocessing.get_context('fork')
    result, workers, began = Result(), [], time.monotonic()
    for number, server in enumerate(servers):
        end, out = fork.Pipe(False)
        worker = fork.Process(target=work, daemon=True,
                              args=(campaign, server, number, out))
        worker.start()
        out.close()
        workers.append((end, worker))
    for end, worker in workers:
        try:
            result.join(end.recv())
        except EOFError:
            result.found.append('a process of the test died')
        worker.join()
    took = time.monotonic() - began
    torture.diag('%d of %d pairs, and %d in which only one of both came, in '
                 '%d s' % (result.both, campaign.size(), result.one, took))
    torture.diag('%d times a run took for never done what another had undone, '
                 '%d times it reported what another had done' % (
                     result.undone, result.claimed))
    for counter in result.seen, result.kinds, result.wrong:
        torture.diag(', '.join('%s: %d' % pair
                               for pair in counter.most_common()))
    return result


class Third(two.Pair):
    """The body of a transaction gives up the lock of the session, and waits
    for a table until its time is up.  The other run takes the lock, applies
    that migration, begins the next, and dies; the first one was about to."""

    def __init__(self, db, scenario):
        self.other, self.stall = (gates.Fault(gates.STALL, who, None)
                                  for who in 'BA')
        two.Pair.__init__(self, db, scenario, [
            gates.Fault(gates.KILL, 'B', None)], random.Random(0))
        for script in self.scripts.values():
            script.follow = script.again = False
        self.committed, self.read = False, False
        self.limits = {'A': ['--lock-timeout=60ms', '--lock-retries=9'],
                       'B': ['--lock-timeout=9s']}

    def meets(self, gate, point):
        side, kind, query, mark = point
        end = side == proxy.SERVER and kind == 'C' and query == 'COMMIT'
        fault = None
        if gate.name == 'B' and side == proxy.CLIENT and self.committed:
            fault = self.other
        elif gate.name == 'B' and end and mark == 31:
            fault = self.faults[0]
        elif gate.name == 'A' and kind == 'P' and query.startswith('BEGIN') \
                and self.read:
            fault = self.stall
        self.committed |= gate.name == 'B' and end and mark == 2
        self.read |= self.committed and gate.name == 'A' and kind == 'P' and \
            query.startswith('SELECT number, name, direction')
        if fault is None or fault.fired:
            return None
        fault.fired = time.monotonic()
        return fault

    def until(self, condition, what):
        if torture.eventually(condition, 10) is None:
            self.wrong.append('not reached: ' + what)

    def play(self):
        a, b = self.scripts['A'], self.scripts['B']
        self.locker.take()
        self.start('A')
        self.until(lambda: verdict.AGAIN.search(a.runs[0].so_far()),
                   'A waits for the table')
        self.start('B')
        self.until(lambda: self.db.sql(
            'SELECT 1 FROM pg_locks WHERE NOT granted AND pid IN (%s)' %
            ', '.join(map(str, b.gate.pids[1] or [0]))), 'B is at the body')
        self.locker.close()
        self.until(lambda: self.other.fired, 'B has applied it')
        # Or it waits for the lock, as it should.
        self.until(lambda: self.stall.fired or any(
            t > self.other.fired for t in a.gate.refused), 'A goes on')
        self.other.released.set()
        self.until(lambda: self.faults[0].fired, 'B begins the next')
        self.until(lambda: b.runs[0].process.poll() is not None, 'B is dead')
        self.stall.released.set()
        self.wait()
        self.close()


def cases(db, scenarios):
    """Sequences in which runs have done a statement twice."""
    server, client = proxy.SERVER, proxy.CLIENT
    point = gates.Point
    plain = [
        ('the answer to COMMIT is lost, and the next run has started and died',
         'apply', gates.Fault(gates.CUT, 'A', point(
             client, 'S', 'COMMIT', 2, 1), gates.AFTER),
         gates.Fault(gates.KILL, 'B', point(server, 'C', 'COMMIT', 31, 1))),
        ('a statement gives up the lock and stalls; the next run dies',
         'unlock', gates.Fault(gates.STALL, 'A', point(
             server, 'C', two.call(31, 'unlock')[:-1], 31, 1)),
         gates.Fault(gates.KILL, 'B', point(
             server, 'C', two.call(32)[:-1], 32, 1))),
        ('the connection is lost after a statement, and the next run ends it',
         'apply', gates.Fault(gates.CUT, 'A', point(
             client, 'S', 'COMMIT', 31, 1), gates.AFTER)),
    ]
    for name, scenario, *faults in plain:
        pair = two.Pair(db, scenarios[scenario], faults, random.Random(0))
        for script in pair.scripts.values():
            script.follow, script.again = script.name == 'B', False
        pair.limits = {'A': two.LIMITS[1], 'B': two.LIMITS[1]}
        yield name, len(faults) > 1, pair
    yield 'a lock is given up, and a table is waited for', True, Third(
        db, scenarios['unlock in a transaction'])


def told(name, half, pair):
    """What must come of a case: nothing twice; and if the second run has left
    it half applied, nothing started anew by the first."""
    pair.play()
    pair.judge()
    first = pair.scripts['A'].runs[0]
    torture.ok(all(f.fired for f in pair.faults) and not pair.wrong,
               '%s: nothing twice, and each report true' % name, pair)
    if half:
        torture.ok(first.status == 7 and pair.state.journal,
                   '%s: the first run leaves it as it is' % name, pair)
    else:
        torture.ok(pair.state.rows == two.ROWS and not pair.state.journal,
                   '%s: all is applied' % name, pair)
    pair.finish()
    torture.ok(not pair.wrong, '%s: nothing is lost' % name, pair)


if not torture.have('postgres'):
    torture.ok(True, 'there is no PostgreSQL')
    torture.done()
# So that it takes them little to start, and to start again.
servers = database.servers(
    WORKERS, 'restart_after_crash = on', 'deadlock_timeout = 20ms',
    'max_connections = 30', 'shared_buffers = 8MB', 'autovacuum = off',
    'max_worker_processes = 0', 'max_logical_replication_workers = 0',
    'max_wal_senders = 0', 'max_wal_size = 1GB')
db = two.Database(servers[0])
campaign = Campaign(db)
if sys.argv[1:]:
    for index in map(int, sys.argv[1:]):
        torture.diag(campaign.play(db, index))
    torture.done()
for case in cases(db, {s.name: s for s in campaign.scenarios}):
    told(*case)
result = run_all(campaign, servers)
faults = torture.Faults('two faults: nothing twice, nothing lost, each '
                        'report true')
faults.found = result.found
faults.report()
torture.ok(result.both >= PAIRS, '%d pairs' % PAIRS)
torture.done()
