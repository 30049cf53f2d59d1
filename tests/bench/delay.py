"""A stretch of network: a socket that passes bytes on, later."""
import asyncio
import os
import time


class Delay:
    """Listens on folder/.s.PGSQL.5432 and passes on to the server's socket."""

    def __init__(self, folder, server, seconds):
        self.path = os.path.join(folder, '.s.PGSQL.5432')
        self.server, self.seconds = server, seconds

    async def pass_on(self, reader, writer):
        """Each piece leaves that much after it came; the order stays."""
        pieces = asyncio.Queue()

        async def deliver():
            while True:
                due, piece = await pieces.get()
                # The loop's timer is too coarse for the last stretch.
                while (left := due - time.perf_counter()) > 0:
                    await asyncio.sleep(left - 0.0003 if left > 0.0005 else 0)
                if not piece:
                    break
                writer.write(piece)
            writer.close()

        delivery = asyncio.ensure_future(deliver())
        while True:
            piece = await reader.read(1 << 16)
            pieces.put_nowait((time.perf_counter() + self.seconds, piece))
            if not piece:
                break
        await delivery

    async def connected(self, reader, writer):
        far_reader, far_writer = await asyncio.open_unix_connection(self.server)
        await asyncio.gather(self.pass_on(reader, far_writer),
                             self.pass_on(far_reader, writer),
                             return_exceptions=True)

    async def serve(self):
        server = await asyncio.start_unix_server(self.connected, self.path)
        await server.serve_forever()


def start(folder, server, seconds):
    """Run one in a child process; returns its pid."""
    pid = os.fork()
    if pid == 0:
        asyncio.run(Delay(folder, server, seconds).serve())
        os._exit(0)
    while not os.path.exists(os.path.join(folder, '.s.PGSQL.5432')):
        time.sleep(0.01)
    return pid
