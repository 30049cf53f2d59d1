"""PostgreSQL's protocol: a small client for looking on, and a cutting proxy.

Both talk over Unix sockets, without a password or encryption.
"""
import os
import select
import socket
import struct
import threading


class Error(Exception):
    def __init__(self, fields):
        Exception.__init__(self, fields.get('M', 'the connection was lost'))
        self.state = fields.get('C', '')


def read_exactly(sock, n):
    data = b''
    while len(data) < n:
        more = sock.recv(n - len(data))
        if not more:
            raise Error({})
        data += more
    return data


def message(kind, body):
    return kind + struct.pack('!I', len(body) + 4) + body


class Client:
    """One connection; query() gives the rows of the last statement."""

    def __init__(self, host, database, user='postgres', port=5432):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(60)
        self.sock.connect('%s/.s.PGSQL.%d' % (host, port))
        words = ['user', user, 'database', database, 'application_name',
                 'torture', 'client_encoding', 'UTF8']
        body = b''.join(w.encode() + b'\0' for w in words) + b'\0'
        self.sock.sendall(message(b'', struct.pack('!I', 196608) + body))
        self._until_ready()

    def query(self, sql):
        self.sock.sendall(message(b'Q', sql.encode() + b'\0'))
        return self._until_ready()

    def one(self, sql):
        """The only value."""
        return self.query(sql)[0][0]

    def close(self):
        self.sock.close()

    def wait_for_end(self):
        """Until the server ends the connection; whether it soon does."""
        self.sock.settimeout(5)
        try:
            while self.sock.recv(65536):
                pass
        except ConnectionResetError:
            pass
        except TimeoutError:
            self.sock.settimeout(60)
            return False
        return True

    def _until_ready(self):
        rows, error = [], None
        while True:
            kind, n = struct.unpack('!cI', read_exactly(self.sock, 5))
            body = read_exactly(self.sock, n - 4)
            if kind == b'E':
                parts = [p.decode() for p in body.split(b'\0') if p]
                error = Error({p[0]: p[1:] for p in parts})
                if error.state[:2] in ('08', '28', '3D', '53', '57'):
                    raise error
            elif kind == b'T':
                rows = []
            elif kind == b'D':
                rows.append(self._row(body))
            elif kind == b'Z':
                if error:
                    raise error
                return rows

    @staticmethod
    def _row(body):
        count, at, row = struct.unpack('!H', body[:2])[0], 2, []
        for i in range(count):
            n = struct.unpack('!i', body[at:at + 4])[0]
            at += 4
            row.append(None if n < 0 else body[at:at + n].decode())
            at += max(n, 0)
        return row
