"""Run the migrations when an application starts.

    app = FastAPI(lifespan=lifespan)

or without FastAPI: migrate() before anything else.  Any number of processes
may do so at once: one migrates, the others wait for it.
"""
import asyncio
import contextlib
import json
import subprocess


class MigrationError(RuntimeError):
    """A migration failed; code is sqlmigrate's exit status."""

    def __init__(self, message, code):
        super().__init__(message)
        self.code = code


def migrate(*arguments):
    """Apply what is pending; return the names of what was applied."""
    run = subprocess.run(
        ['sqlmigrate', '--json', 'apply', *arguments],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
        check=False)
    events = [json.loads(line) for line in run.stdout.splitlines()]
    for event in events:
        if event['event'] == 'error':
            place = event['file']
            if event['line'] is not None:
                place = '%s:%d' % (place, event['line'])
            message = event['message']
            raise MigrationError(
                message if place is None else '%s: %s' % (place, message),
                run.returncode)
    if run.returncode != 0:
        raise MigrationError('sqlmigrate ended badly', run.returncode)
    return [event['name'] for event in events if event['event'] == 'applied']


@contextlib.asynccontextmanager
async def lifespan(_app):
    """What FastAPI and Starlette call around an application's life."""
    await asyncio.to_thread(migrate)
    yield
