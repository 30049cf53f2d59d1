"""What a command costs: wall and CPU seconds, peak memory."""
import os
import statistics
import subprocess
import threading
import time


class Failed(Exception):
    """A command that was to be measured did not succeed."""


class Cost:
    def __init__(self, wall, cpu, peak_kib):
        self.wall, self.cpu, self.peak_kib = wall, cpu, peak_kib


class Peak:
    """The most memory that a process has had, looked up while it runs.

    What wait4() tells counts the memory of the Python that forked it, too.
    """

    def __init__(self, pid):
        self.path, self.kib = '/proc/%d/status' % pid, 0
        self.done = threading.Event()
        self.thread = threading.Thread(target=self._sample)
        self.thread.start()

    def _sample(self):
        while not self.done.wait(0.02):
            try:
                with open(self.path) as status:
                    for line in status:
                        if line.startswith('VmHWM:'):
                            self.kib = max(self.kib, int(line.split()[1]))
            except OSError:
                return

    def end(self):
        self.done.set()
        self.thread.join()
        return self.kib


def run(command, stdin=None, cpus=None, env=None, memory=False):
    """Run a command to its end; its output goes nowhere."""
    pin = (lambda: os.sched_setaffinity(0, cpus)) if cpus else None
    with open(stdin or os.devnull, 'rb') as source:
        started = time.perf_counter()
        process = subprocess.Popen(
            command, stdin=source, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, preexec_fn=pin,
            env={**os.environ, **(env or {})})
        peak = Peak(process.pid) if memory else None
        said = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stderr.close()
    if process.returncode != 0:
        raise Failed('%s: exit %d: %s' % (
            ' '.join(command), process.returncode, said.decode()[-500:]))
    return Cost(wall, usage.ru_utime + usage.ru_stime,
                peak.end() if memory else 0)


def total(costs):
    """Pieces of work, one after the other."""
    costs = list(costs)
    return Cost(sum(c.wall for c in costs), sum(c.cpu for c in costs),
                max(c.peak_kib for c in costs))


class Ratio:
    """Two pieces of work, done in turn: the median of each and of the ratio."""

    def __init__(self, rounds, ours, floor):
        pairs = []
        for turn in range(rounds):
            # Which goes first changes, so that neither always pays for it.
            first, second = (ours, floor) if turn % 2 == 0 else (floor, ours)
            costs = [first(), second()]
            pairs.append(costs if turn % 2 == 0 else costs[::-1])
        self.ours = statistics.median(ours.wall for ours, _ in pairs)
        self.floor = statistics.median(floor.wall for _, floor in pairs)
        self.ratio = statistics.median(
            ours.wall / floor.wall for ours, floor in pairs)
        self.peak_kib = max(ours.peak_kib for ours, _ in pairs)
        self.floor_kib = max(floor.peak_kib for _, floor in pairs)


def repeated(count, command):
    """A piece of work too short to be timed once."""
    def work():
        started = time.perf_counter()
        peak = max(run(command).peak_kib for _ in range(count))
        return Cost(time.perf_counter() - started, 0, peak)
    return work
