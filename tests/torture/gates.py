"""Faults, and the gates through which runners reach the server.

A gate passes messages on, one by one, and does what a fault says at the
message that the fault names.  A message is named by what it belongs to, since
a run that takes over from another sends fewer of them: its side, its type,
the statement at work, the last statement of a migration before it, and which
one of all these it is.
"""
import collections
import os
import re
import select
import signal
import socket
import tempfile
import threading
import time

import proxy
import torture
import wire

KINDS = CUT, KILL, CRASH, STALL, LOCK = 'cut', 'kill', 'crash', 'stall', 'lock'
BEFORE, AFTER, LATE = proxy.BEFORE, proxy.AFTER, proxy.LATE

# How each kind may hit: before its message is passed on, or after that; or,
# for LATE, so that the server learns of it later.
HOWS = {CUT: (BEFORE, AFTER, LATE), KILL: (BEFORE, AFTER),
        CRASH: (BEFORE, AFTER), STALL: (BEFORE,), LOCK: (BEFORE,)}

Point = collections.namedtuple('Point', 'side type query mark nth')

ENDS = {b'1': b'P', b'2': b'B', b'Z': b'SQ'}  # what each answers
MARK = re.compile(r'/\* (-?\d+) \*/')
HEAD = 48         # characters of a statement that name it
LATE_PAUSE = 0.15
QUEUED = 0.02     # the lock is had in this time, or asked for at least


class Fault:
    """What is to happen to a run, and at which of its messages."""

    def __init__(self, kind, who, point, how=BEFORE, closed=True):
        self.kind, self.who, self.point = kind, who, point
        self.how, self.closed, self.later = how, closed, ()
        self.armed, self.seen, self.fired = False, 0, None
        self.released = threading.Event()

    def holds(self):
        return self.kind == STALL or self.kind == CUT and self.closed

    def meets(self, point):
        """Whether it is this message."""
        if not self.armed or self.fired:
            return False
        # A run may not send it, but gets further all the same.
        if point[0] == self.point.side and point[3] in self.later:
            return True
        self.seen += point[:4] == self.point[:4]
        return self.seen == self.point.nth

    def __str__(self):
        if self.point is None:
            return '%s of %s' % (self.kind, self.who)
        return '%s%s of %s %s %s message %r of %r after statement %s, no. %d' \
            % (self.kind, ' with a closed door' if self.kind == CUT and
               self.closed else '', self.who, self.how, *self.point)


class Names:
    """The statement to which each message of a connection belongs."""

    def __init__(self):
        self.prepared, self.asked = {}, collections.deque()
        self.sent = self.answered = ('startup', 0)

    def client(self, kind, body):
        if kind in (b'P', b'Q'):
            name, sql = (body.split(b'\0') + [b''])[:2]
            sql = (sql if kind == b'P' else name).decode()
            mark = MARK.search(sql)
            self.sent = sql, int(mark[1]) if mark else self.sent[1]
            self.prepared[name] = sql
        elif kind == b'B':
            sql = self.prepared.get(body.split(b'\0')[1], '')
            self.sent = sql, self.sent[1]
        if kind in (b'P', b'B', b'Q', b'S'):
            self.asked.append((kind, self.sent))
        return self.sent

    def server(self, kind):
        # Of what failed, and of what is skipped then, only the end is sent.
        ends = ENDS.get(kind)
        while ends and self.asked:
            asked, self.answered = self.asked.popleft()
            if asked in (ends[:1], ends[1:]):
                break
        return self.answered


class Link:
    """One connection through a gate."""

    def __init__(self, gate, client):
        self.gate, self.client, self.serial = gate, client, gate.serial
        self.names, self.pid, self.held = Names(), None, {}
        self.server = socket.socket(socket.AF_UNIX)
        self.server.connect(gate.server)
        self.late = None
        self.sides = {
            client: (proxy.CLIENT, proxy.Stream(client, True), self.server),
            self.server: (proxy.SERVER, proxy.Stream(self.server, False),
                          client)}

    def serve(self):
        try:
            while True:
                self._release()
                ready = select.select(
                    [s for s in self.sides if s not in self.held], [], [],
                    0.005 if self.held else None)[0]
                for sock in ready:
                    if sock not in self.held:
                        self._read(sock)
        except (proxy.Cut, OSError):
            pass
        self.client.close()
        if self.late is not None:
            self.late.released.wait(LATE_PAUSE)
        self.server.close()

    def _release(self):
        """Send what was held back."""
        for sock, (fault, texts) in list(self.held.items()):
            if fault.released.is_set():
                del self.held[sock]
                self.sides[sock][2].sendall(b''.join(texts))

    def _read(self, sock):
        side, stream, to = self.sides[sock]
        texts = stream.messages()
        if texts is None:
            raise proxy.Cut
        passed = 0
        for i, text in enumerate(texts):
            fault = self.gate.message(self, side, text)
            if fault is None:
                continue
            to.sendall(b''.join(texts[passed:i]))
            passed = i
            if fault.kind == STALL:
                self.held[sock] = fault, texts[i:]
                return
            self._hit(fault, text, to)
        to.sendall(b''.join(texts[passed:]))

    def _hit(self, fault, text, to):
        if fault.kind == LOCK:
            self.gate.pair.locker.take()
            return
        if fault.how != BEFORE:
            to.sendall(text)
            time.sleep(self.gate.pair.random.uniform(0, 0.002))
        if fault.kind == CRASH:
            self.gate.pair.crash(self.pid)
        elif fault.kind == KILL:
            victim = self.gate.victim(self.serial)
            victim.killed = True
            victim.process.kill()
        if fault.how == LATE:
            self.late = fault
        if fault.kind != CRASH or fault.how != BEFORE:
            raise proxy.Cut


class Gate:
    """A proxy of one runner; pair decides at each message.

    Where pair counts them, points has all that have passed.
    """

    def __init__(self, pair, name, host):
        self.pair, self.name = pair, name
        self.server = host + '/.s.PGSQL.5432'
        self.directory = tempfile.mkdtemp(dir=torture.tmp)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.directory + '/.s.PGSQL.5432')
        self.listener.listen(64)
        self.run, self.serial, self.door = None, 0, None
        self.pids = collections.defaultdict(set)
        self.points, self.counts = [], collections.Counter()
        self.refused, self.locked, self.last = [], None, 0.0
        self.threads = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)  # close() wakes nobody
        self.listener.close()
        for thread in self.threads:
            thread.join(10)

    def _accept(self):
        while True:
            try:
                client = self.listener.accept()[0]
            except OSError:
                return
            if self.door is not None and not self.door.released.is_set():
                client.close()
                continue
            try:
                link = Link(self, client)
            except OSError:
                client.close()
                continue
            thread = threading.Thread(target=link.serve, daemon=True)
            self.threads.append(thread)
            thread.start()

    def begin(self, *args):
        """A run of the program, through this gate."""
        self.serial += 1
        run = torture.Run(self.pair.db.through(self.directory), *args)
        run.serial, run.gate, run.killed = self.serial, self, False
        self.run = run
        return run

    def victim(self, serial):
        """The run of a connection, which may come before begin() ends."""
        torture.eventually(lambda: self.run is not None and
                           self.run.serial == serial)
        return self.run

    def message(self, link, side, text):
        """Name it, note what it says, and find the fault that it meets."""
        kind = text[:1] if text[:1] != b'\0' else b'!'
        if side == proxy.CLIENT:
            sql, mark = link.names.client(kind, text[5:])
        else:
            sql, mark = link.names.server(kind)
            self._note(link, kind, sql, text)
        self.last = time.monotonic()
        point = side, kind.decode('latin-1'), sql[:HEAD], mark
        if self.pair.counts:
            self.counts[point] += 1
            self.points.append(Point(*point, self.counts[point]))
        fault = self.pair.meets(self, point)
        if fault is not None and fault.kind == CUT and fault.closed:
            self.door = fault
        return fault

    def _note(self, link, kind, sql, text):
        if kind == b'K':
            link.pid = int.from_bytes(text[5:9], 'big')
            self.pids[link.serial].add(link.pid)
        elif kind == b'D' and 'THEN pg_try_advisory_lock' in sql:
            if text[7:12] == b'\0\0\0\x011':
                self.locked = time.monotonic()
            else:
                self.refused.append(time.monotonic())


class Locker:
    """Another session, which takes the table of the effects."""

    def __init__(self, db):
        self.client = db.server.client(db.name)
        self.client.query("SET lock_timeout = '400ms'")

    def take(self):
        """Have it, or be the next to have it."""
        try:
            self.client.sock.sendall(wire.message(
                b'Q', b'BEGIN; LOCK TABLE effects\0'))
            select.select([self.client.sock], [], [], QUEUED)
        except OSError:
            pass

    def close(self):
        self.client.close()


def crash(pid):
    """Kill a server process, so that all of them end; whether it was one."""
    try:
        with open('/proc/%d/cmdline' % pid, 'rb') as line:
            if b'postgres' not in line.read():
                return False
        os.kill(pid, signal.SIGKILL)
        return True
    except (FileNotFoundError, ProcessLookupError):
        return False
