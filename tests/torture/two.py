"""Two runners, what they have to do, and what comes of it."""
import threading
import time

import database
import gates
import torture
import verdict
import wire

FIRST = '''CREATE TABLE effects (seq bigserial, n integer,
pid integer DEFAULT pg_backend_pid());
INSERT INTO effects (n) VALUES (1);
CREATE PROCEDURE alone(k integer) LANGUAGE plpgsql AS $$ BEGIN
INSERT INTO effects (n) VALUES (k); COMMIT; END $$;
CREATE PROCEDURE unlock(k integer) LANGUAGE plpgsql AS $$ BEGIN
INSERT INTO effects (n) VALUES (k); COMMIT;
PERFORM pg_advisory_unlock_all(); END $$;'''
OUTSIDE = '-- sqlmigrate: no-transaction'
ROWS = [1, 2, 3, 4, 5]
TABLES = ['effects', 'schema_version', 'schema_version_journal',
          'schema_version_log']
LIMITS = [['--lock-wait=' + wait, '--lock-timeout=60ms', '--lock-retries=2']
          for wait in ('300ms', '3s')]


def add(k):
    return 'INSERT INTO effects /* %d */ (n) VALUES (%d);' % (k, k)


def call(k, procedure='alone'):
    return 'CALL %s(/* %d */ %d);' % (procedure, k, k)


class Scenario:
    """What two runners have to do, who they are, and what they start from.

    statements are those of the file without a transaction: (effect, text);
    the effect is None if it cannot be seen.  With gives_up the first of them
    gives up the lock of the session.
    """

    def __init__(self, name, statements, first=None, second=None,
                 half=False, back=None, body='', gives_up=False):
        self.name, self.half, self.gives_up = name, half, gives_up
        self.follow = 1 if gives_up else 0.85
        self.args = {'A': first or ['apply'], 'B': second or ['apply']}
        self.forward = {2: [2], 3: [n for n, text in statements],
                        4: [4], 5: [5]}
        self.back = {}
        files = {'001_a': FIRST, '002_t': body + add(2), '004_t': add(4),
                 '005_t': add(5), '003_n': '\n'.join(
                     [OUTSIDE] + [text for n, text in statements])}
        if back:
            self.back = {2: [-2], 3: [n for n, text in back],
                         4: [-4], 5: [-5]}
            for number in 2, 4, 5:
                files['00%d_t_rollback' % number] = add(-number)
            files['003_n_rollback'] = '\n'.join(
                [OUTSIDE] + [text for n, text in back])
        self.path = torture.folder(files)
        files['003_n'] = '\n'.join([OUTSIDE, statements[0][1],
                                    'SELECT nosuch;'])
        self.path_half = torture.folder(files)

    def prepare(self, db):
        """The first time by the program, then from what is kept of it."""
        kept = 'kept_' + self.name.replace(' ', '_')
        if db.sql("SELECT 1 FROM pg_namespace WHERE nspname = '%s'" % kept):
            db.sql('DROP INDEX IF EXISTS i')
            db.sql(';'.join('DELETE FROM %s; INSERT INTO %s OVERRIDING SYSTEM '
                            'VALUE SELECT * FROM %s.of_%s' % (t, t, kept, t)
                            for t in TABLES))
            db.sql("SELECT setval('effects_seq_seq', max(seq)) FROM effects")
            return
        db.sql('DROP SCHEMA public CASCADE; CREATE SCHEMA public')
        run = torture.run(
            db.url, self.path_half if self.half else self.path, 'apply',
            *([] if self.half or self.back else ['001']))
        if run.status != (7 if self.half else 0):
            raise SystemExit('before all faults: %s' % run)
        db.sql('CREATE SCHEMA %s' % kept)
        for table in TABLES:
            db.sql('CREATE TABLE %s.of_%s AS TABLE %s' % (kept, table, table))


INDEX = 'CREATE INDEX CONCURRENTLY i ON effects /* %d */ (n);'
FORWARD = [(31, add(31)), (32, call(32)), (33, 'BEGIN;\n' + add(33)),
           (34, add(34) + '\nCOMMIT;')]
BACKWARD = [(-34, add(-34)), (-32, call(-32)), (-31, add(-31)),
            (-33, add(-33))]
BACK = ['rollback', '--to', '001', '--yes']
RESUME = ['apply', '--resume', '--yes']


def scenarios():
    """A statement of each kind in them; in some, one gives up the lock."""
    yield Scenario('apply', FORWARD)
    yield Scenario('index', [(31, call(31)), (None, INDEX % 32),
                             (33, add(33))])
    yield Scenario('resume', FORWARD, RESUME, RESUME, half=True)
    yield Scenario('rollback', FORWARD, BACK, back=BACKWARD)
    yield Scenario('against a rollback', FORWARD, RESUME, BACK, half=True,
                   back=BACKWARD)
    yield Scenario('discard', [(None, 'DISCARD /* 31 */ ALL;'),
                               (32, call(32)), (33, add(33))], gives_up=True)
    yield Scenario('unlock', [(31, call(31, 'unlock')), (32, call(32)),
                              (33, add(33))], gives_up=True)
    yield Scenario('unlock in a transaction', FORWARD, body='SELECT '
                   'pg_advisory_unlock_all() /* 2 */;\n')


def say(db, path, number, statement, state):
    """What the operator has found out about a statement that was started: what
    is wrong with how that was recorded, or None."""
    run = torture.run(db.url, path, 'repair', '%03d' % number, '--statement',
                      '%d=%s' % (statement, state), '--yes', '--lock-wait=3s')
    # Another run has the lock, or has gone on: nothing is recorded.
    return None if run.status in (0, 4, 5, 6, 7) else str(run)


class Database(database.Postgres):
    """One whose server may crash under it."""

    def __init__(self, server):
        database.Postgres.__init__(self, server)
        self.connect()

    def connect(self):
        self.connection = self.server.client(self.name)
        self.pid = int(self.connection.one('SELECT pg_backend_pid()'))

    def _answers(self):
        try:
            self.connect()
            return True
        except (OSError, wire.Error):
            return False

    def sql(self, text):
        while True:
            try:
                return self.connection.query(text)
            except (OSError, wire.Error) as e:
                # No state: the connection was lost.
                if getattr(e, 'state', '')[:2] not in ('', '57'):
                    raise
            if torture.eventually(self._answers) is None:
                raise SystemExit('the server does not come back')


class Script:
    """One runner; with follow, the operator then does as it says, and with
    again, what was lost or killed is started once more."""

    def __init__(self, pair, name, follow, again):
        self.pair, self.name = pair, name
        self.follow, self.again = follow, again
        self.gate = gates.Gate(pair, name, pair.db.server.host)
        self.runs, self.ended = [], False
        pair.gates[name] = self.gate

    def start(self, *args):
        self.runs.append(self.gate.begin(
            self.pair.scenario.path, *args, *self.pair.limits[self.name]))

    def poll(self):
        """Whether it is still at work."""
        run = self.runs[-1]
        if not self.ended and run.process.poll() is not None:
            run.wait()
            run.ended_at = time.monotonic()
            self.ended = True
            if len(self.runs) < 4:
                self._next(run)
        return not self.ended

    def _next(self, run):
        if self.follow and run.status == 7:
            self._go_on(run)
        elif self.again and run.status in (6, -9):
            self.pair.db.sql('SELECT 1')
            self.ended = False
            self.pair.start(self.name)

    def _go_on(self, run):
        self.pair.free(gates.LOCK)
        journal = self.pair.look().journal
        if not journal:
            return
        if verdict.UNSEEN.search(run.stderr) and not self.pair.decide():
            return
        self.ended = False
        self.start('apply' if journal[0][3] == 'apply' else 'rollback',
                   '--resume', '--yes')

    def end(self):
        """It does not end by itself."""
        if not self.ended:
            self.runs[-1].kill()
            self.runs[-1].ended_at = time.monotonic()
            self.ended = True


class Pair:
    """Two faults in one scenario, and what comes of them."""

    def __init__(self, db, scenario, faults, rng, early=True, names='AB'):
        self.db, self.scenario, self.random = db, scenario, rng
        self.faults, self.lock = faults, threading.Lock()
        self.early, self.gates, self.wrong = early, {}, []
        self.counts = not faults
        self.limits = {name: rng.choices(LIMITS, (1, 6))[0] for name in 'AB'}
        self.state, self.after, self.tries = None, [], 1
        self.undone = self.claimed = 0
        scenario.prepare(db)
        self.locker = gates.Locker(db)
        self.scripts = {
            name: Script(self, name, name == 'B' and
                         rng.random() < scenario.follow, rng.random() < 0.35)
            for name in names}
        if faults:
            faults[0].armed = True

    def meets(self, gate, point):
        """The fault that this message meets; the second is due after it."""
        with self.lock:
            for i, fault in enumerate(self.faults):
                if fault.who == gate.name and fault.meets(point):
                    fault.fired = time.monotonic()
                    if i + 1 < len(self.faults):
                        self.faults[i + 1].armed = True
                    return fault
        return None

    def crash(self, pid):
        gates.crash(pid or self.db.pid)

    def look(self):
        return verdict.Look(self.db, self.scenario.forward,
                            self.scenario.back)

    def free(self, *kinds):
        for fault in self.faults:
            if fault.fired and fault.kind in kinds:
                fault.released.set()
                if fault.kind == gates.LOCK:
                    self.locker.close()

    def _is_over(self, fault):
        """Whether what holds a run back has done so for long enough."""
        now, age = time.monotonic(), time.monotonic() - fault.fired
        other = self.scripts['B' if fault.who == 'A' else 'A']
        if fault.kind == gates.LOCK:
            script = self.scripts[fault.who]
            return age > 0.8 or other.ended and age > 0.3 or \
                not script.ended and len(verdict.AGAIN.findall(
                    script.runs[-1].so_far())) >= self.tries
        last = self.faults[-1]
        if fault is not last and last.fired and now - last.fired > 0.02:
            return True
        blocked = sum(t > fault.fired for t in other.gate.refused) > 1
        idle = now - max(fault.fired, other.gate.last) > 0.4
        return other.ended or blocked or idle or age > 2

    def start(self, name):
        self.scripts[name].start(*self.scenario.args[name])

    def play(self):
        a, b = self.scripts['A'], self.scripts['B']
        self.tries = self.random.choice([1, 2, 3])
        self.start('A')
        while not b.runs:
            a.poll()
            time.sleep(0.002)
            if a.ended or self.faults[0].fired or self.early and a.gate.locked:
                self.start('B')
        self.wait()
        self.close()

    def wait(self):
        began = time.monotonic()
        while any([s.poll() for s in self.scripts.values()]):
            for fault in self.faults:
                if fault.fired and not fault.released.is_set() and \
                        self._is_over(fault):
                    self.free(fault.kind)
            if time.monotonic() - began > 20:
                self.wrong.append('it does not end')
                for script in self.scripts.values():
                    script.end()
            time.sleep(0.006)

    def close(self):
        for fault in self.faults:
            fault.released.set()
        self.locker.close()
        for gate in self.gates.values():
            gate.close()
        if self.db.gone(10) is None:
            self.wrong.append('something of it goes on')

    def decide(self):
        """The operator looks, and says whether a statement took effect."""
        look = self.look()
        number, at, state, way = look.journal[0]
        if state != 'started':
            return True
        others = self.db.activity()
        marks = look.forward if way == 'apply' else look.back
        mark = marks[number][at - 1]
        if any(row[1] != 'idle' for row in others):
            return False
        if mark is None:
            done = not others or 'DISCARD' in others[0][3]
        else:
            done = look.done(number, mark)
        # One that is yet to be sent may do it still.
        if not done and others:
            return False
        wrong = say(self.db, self.scenario.path, number, at,
                    'done' if done else 'undone')
        if wrong:
            self.wrong.append(wrong)
        return True

    def judge(self):
        """The database, and what each run has said of it."""
        self.state = look = self.look()
        self.wrong += look.wrong()
        runs = [run for s in self.scripts.values() for run in s.runs]
        for run in runs:
            report = verdict.Report(run, look, ROWS, all(
                other is run or other.ended_at + 0.1 < run.ended_at
                for other in runs))
            self.wrong += ['run %s %d: %s' % (run.gate.name, run.serial, what)
                           for what in report.wrong]
            self.undone += report.undone
            self.claimed += report.claimed

    def finish(self):
        """The operator does what the runs say, until all is applied."""
        self.end = self.state
        if self.state.rows == ROWS and not self.state.journal and \
                self.random.random() < 0.8:
            return
        for i in range(8):
            journal = self.look().journal
            way = journal[0][3] if journal else 'apply'
            run = torture.run(self.db.url, self.scenario.path, way,
                              '--resume', '--yes')
            self.after.append(run)
            if self.db.gone(10) is None:
                self.wrong.append('at the end: it goes on')
            if run.status == 0 and way == 'apply':
                break
            if verdict.UNSEEN.search(run.stderr) and not self.decide():
                self.wrong.append('cannot be decided')
        look = self.look()
        self.wrong += ['at the end: ' + what for what in look.wrong()]
        if look.rows != ROWS or look.journal or run.status != 0:
            self.wrong.append('at the end: not all is applied')
        if self.db.locks():
            self.wrong.append('at the end: a lock is left')
        self.end = look

    def __str__(self):
        return '\n'.join(
            ['%s: %s' % (self.scenario.name, '; '.join(self.wrong))] +
            ['then ' * i + str(f) + ('' if f.fired else ' (did not happen)')
             for i, f in enumerate(self.faults)] +
            ['%s %s, processes %s' % (s.name, run, sorted(
                s.gate.pids[run.serial]))
             for s in self.scripts.values() for run in s.runs] +
            ['left: %s' % self.state] +
            ['after that: %s' % run for run in self.after] +
            (['at the end: %s' % self.end] if self.after else []))
