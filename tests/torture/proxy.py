"""A proxy between two Unix sockets that cuts a connection at a message."""
import os
import random
import select
import socket
import struct
import tempfile
import threading
import time

import torture

CLIENT, SERVER = 'client', 'server'

# How the connection is cut at its message.
BEFORE = 'before'  # it is not sent on
MIDDLE = 'middle'  # only some of its bytes are
AFTER = 'after'    # it is, but no answer comes back
LATE = 'late'      # ... and the server learns of the end a while later
DEAF = 'deaf'      # it is, what comes next is not, half an answer comes back


class Cut(Exception):
    pass


class Stream:
    """What comes from one side, message by message."""

    def __init__(self, sock, startup):
        self.sock, self.startup, self.data = sock, startup, b''

    def messages(self):
        """Those that have arrived; None at the end."""
        try:
            more = self.sock.recv(65536)
        except OSError:
            more = b''
        if not more:
            return None
        self.data += more
        found = []
        while True:
            at = 0 if self.startup else 1
            if len(self.data) < at + 4:
                return found
            size = at + struct.unpack('!I', self.data[at:at + 4])[0]
            if len(self.data) < size:
                return found
            found.append(self.data[:size])
            self.data, self.startup = self.data[size:], False


class Proxy:
    """Cuts its first connection at message number AT of a side, from 1, and
    kills the run that is its victim, if any.

    With again, later connections pass; otherwise none is let in after the
    cut.  seen counts the messages of each side, texts has them.
    """

    def __init__(self, host, side=None, at=0, how=BEFORE, again=True,
                 port=5432):
        self.server = '%s/.s.PGSQL.%d' % (host, port)
        self.side, self.at = side, at
        self.how, self.again, self.cut = how, again, None
        self.seen = {CLIENT: 0, SERVER: 0}
        self.texts = {CLIENT: [], SERVER: []}
        self.directory = tempfile.mkdtemp(dir=torture.tmp)
        self.path = os.path.join(self.directory, '.s.PGSQL.5432')
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen(64)
        self.threads, self.first, self.victim = [], True, None
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
            if self.cut and not self.again:
                client.close()
                continue
            thread = threading.Thread(
                target=self._serve, args=(client, self.first), daemon=True)
            self.first = False
            self.threads.append(thread)
            thread.start()

    def _serve(self, client, counted):
        server = socket.socket(socket.AF_UNIX)
        server.connect(self.server)
        sides = {client: (CLIENT, Stream(client, True), server),
                 server: (SERVER, Stream(server, False), client)}
        try:
            while True:
                ready = select.select(list(sides), [], [])[0]
                for sock in ready:
                    self._pass(*sides[sock], counted)
        except (Cut, OSError):
            pass
        if self.how == DEAF and self.cut and counted:
            client.shutdown(socket.SHUT_RD)
            time.sleep(0.03)
            self._half(server, client)
        client.close()
        if self.how == LATE and self.cut and counted:
            time.sleep(0.3)
        server.close()

    @staticmethod
    def _half(server, client):
        if select.select([server], [], [], 0)[0]:
            answer = server.recv(65536)
            try:
                client.sendall(answer[:len(answer) // 2])
            except OSError:
                pass

    def _pass(self, side, stream, to, counted):
        found = stream.messages()
        if found is None:
            raise Cut
        if not counted:
            to.sendall(b''.join(found))
            return
        for text in found:
            self.seen[side] += 1
            self.texts[side].append(text)
            if side == self.side and self.seen[side] == self.at:
                self._cut(text, to)
            to.sendall(text)

    def _cut(self, text, to):
        self.cut = text
        if self.how == MIDDLE:
            to.sendall(text[:max(1, len(text) // 2)])
        elif self.how != BEFORE:
            to.sendall(text)
        if self.victim is not None:
            if self.how != BEFORE:
                time.sleep(random.uniform(0, 0.003))
            self.victim.process.kill()
        raise Cut
