"""Whether what a run says, and its exit status, is so."""
import collections
import re

import small


class Verdict:
    """What the words and the status of a run say, and whether it is so."""

    def __init__(self, run, kind, rows, before, after):
        self.run, self.kind, self.rows = run, kind, rows
        self.before, self.after = before, after
        self.wrong = []
        applied, back = small.told(run)
        unknown = self._names('Whether (?:the rollback of )?(%s) was kept is '
                              'not known')
        half = self._names('^(%s) is half')
        gained = set(after.rows) - set(before.rows)
        lost = set(before.rows) - set(after.rows)
        if 'those before it were kept if it was' in run.stderr:
            unknown |= gained | lost
        silent = (gained - applied) | (lost - back)
        if kind not in ('stamp', 'init', 'adoption', 'redo'):
            self._want(applied - back <= set(after.rows), 'applied is not')
            self._want(not (back - applied) & set(after.rows),
                       'rolled back is not')
            self._want(silent <= unknown, 'done, and not told')
        if kind == 'stamp':
            self._want(not gained or run.status == 0 or
                       'could not be found out' in run.stderr or
                       'All was recorded' in run.stderr,
                       'recorded, and not told')
        for n in self._names('Nothing of (%s) was kept'):
            self._want(n not in after.made and n not in after.rows,
                       'something was kept')
        for n in self._names('Nothing of the rollback of (%s) was kept'):
            self._want(n in after.rows, 'the rollback was kept')
        self._current(unknown)
        self._status(unknown, half)

    def _names(self, pattern):
        return {int(n.split('_')[0]) for n in re.findall(
            pattern.replace('%s', r'[0-9]+_\w+'), self.run.stderr, re.M)}

    def _want(self, good, what):
        if not good:
            self.wrong.append(what)

    def _current(self, unknown):
        text = self.run.stderr
        if self.kind != 'redo':
            text += self.run.stdout
        at = re.search(r'the schema is at 0\.0\.([0-9]+)', text)
        if at:
            rows = [n for n in self.after.rows
                    if not self.after.journal or
                    n != int(self.after.journal[0][0])]
            self._want(int(at[1]) == max(rows or [0]), 'the schema is not at')

    def _status(self, unknown, half):
        status, journal = self.run.status, self.after.journal
        if status == 0:
            self._want(not journal and not unknown and not half,
                       '0, but not done')
            self._want(self.after.rows == self.rows,
                       '0, but not all rows')
        elif status == 7:
            self._want(bool(journal), '7, but nothing is half applied')
            done = re.search(r'(\d+) of its statements', self.run.stderr)
            known = int(journal[0][1]) - (journal[0][2] == 'started') \
                if journal else 0
            least = 'at least %s of' % done[1] if done else ''
            self._want(done and (int(done[1]) == known or least in
                                 self.run.stderr and int(done[1]) <= known),
                       'not as many statements are done')
        elif status == 6:
            self._want(not journal or unknown, '6, but half applied')
        else:
            self._want(False, 'a status that it should not have')


# Numbers of migrations that a run's words are about, by what they say.
SAID = {
    'nothing': r'Nothing of (%s) was kept|No changes from (%s) were kept',
    'kept back': r'Nothing of the rollback of (%s) was kept|'
                 r'No changes from the rollback of (%s) were kept',
    'unknown': r'Whether (?:the rollback of )?(%s) was kept is not known|'
               r'unknown whether (?:the rollback of )?(%s) was committed',
}
STOPPED = re.compile(r'stopped at statement (\d+), which was (\w+)')
DONE = re.compile(r'(\d+) of its statements (?:is|are|was|were) ')
TAKEN = re.compile('another run has (?:the lock|taken it)')
UNSEEN = re.compile('cannot be seen|cannot determine whether')
AGAIN = re.compile('(?m)^(?:trying again|retrying)')
TIMED_OUT = re.compile('lock timeout|deadlock')
NOT_FOUND_OUT = re.compile('could not be (?:found out|determined)')


def said(run, what):
    pattern = SAID[what].replace('%s', r'[0-9]+_\w+')
    return {int(n.split('_')[0]) for found in re.findall(pattern, run.stderr)
            for n in found if n}


class Look:
    """A database whose effects are (number, process) in their order.

    forward and back have the statements of each migration: the number of the
    effect, or None if it cannot be seen.
    """

    def __init__(self, db, forward, back):
        self.forward, self.back = forward, back
        self.rows = [int(n) for n in db.column(
            'SELECT number FROM schema_version ORDER BY number')]
        self.journal = [(int(n), int(at), state, way) for n, at, state, way
                        in db.sql('SELECT number, statement, state, direction '
                                  'FROM schema_version_journal')]
        self.effects = [(int(n), int(pid)) for n, pid in db.sql(
            'SELECT n, pid FROM effects ORDER BY seq')]

    def __str__(self):
        return 'rows %s, journal %s, effects %s' % (
            self.rows, self.journal, self.effects)

    def done(self, number, mark):
        """Whether an effect is there, or has been taken back again."""
        last = {}
        for at, (n, pid) in enumerate(self.effects, 1):
            last[n] = at
        if mark > 0:
            return last.get(mark, 0) > last.get(-mark, 0)
        return last.get(mark, 0) > max(
            last.get(n, 0) for n in self.forward[number] if n is not None)

    def by(self, pids):
        return {n for n, pid in self.effects if pid in pids}

    def undone(self, mark, pids):
        """Whether an effect of these was taken back by another one since."""
        at = [(n, pid in pids) for n, pid in self.effects]
        return (-mark, False) in at[at.index((mark, True)):]

    def wrong(self):
        """What cannot be so, when nothing runs."""
        found = ['effect %d took place twice' % n for n in self._twice()]
        half = self.journal[0] if self.journal else (0, 0, '', '')
        if len(self.journal) > 1:
            found.append('two entries in the journal')
        for number in self.forward:
            if number == half[0]:
                found += self._half(*half)
            elif {self.done(number, n) for n in self.forward[number]
                  if n is not None} not in (set(), {number in self.rows}):
                found.append('%d is not wholly as its row says' % number)
        return found

    def _twice(self):
        last = {}
        for number, marks in self.forward.items():
            begun = 0
            for at, (n, pid) in enumerate(self.effects, 1):
                if n in marks:
                    begun = at
                elif -n not in marks:
                    continue
                before, when = last.get(abs(n), (0, 0))
                # What was half applied is rolled back whole.
                if before == n and not (n < 0 and begun > when):
                    yield n
                last[abs(n)] = n, at

    def _half(self, number, at, state, way):
        marks = (self.forward if way == 'apply' else self.back)[number]
        if (number in self.rows) == (way == 'apply'):
            # A rollback of what was half applied has no row, either.
            if way == 'apply':
                yield 'half applied, with a row'
        for i, mark in enumerate(marks, 1):
            if mark is None or i == at and state == 'started':
                continue
            wanted = i < at or i == at and state == 'done'
            if self.done(number, mark) != wanted:
                yield 'statement %d of %d is%s done, by the journal' % (
                    i, number, '' if wanted else ' not')


class Report:
    """What one of two runs said, and whether it is so; alone: nothing else
    has run since it ended."""

    def __init__(self, run, look, names, alone):
        self.run, self.look = run, look
        self.pids = run.gate.pids[run.serial]
        self.own = look.by(self.pids)
        self.wrong, self.undone, self.claimed = [], 0, 0
        self._told()
        if run.status >= 0:
            self._silent()
            self._status(names)
        else:
            self._want(run.status == -9 and run.killed,
                       'ended by signal', -run.status)
        if alone and run.status == 7:
            self._stopped()

    def _want(self, good, *what):
        if not good:
            self.wrong.append(' '.join(str(w) for w in what))

    def _marks(self, number, back=False):
        marks = (self.look.back if back else self.look.forward).get(number, [])
        return [n for n in marks if n is not None]

    def _told(self):
        look, seen = self.look, {n for n, pid in self.look.effects}
        applied, back = small.told(self.run)
        for way, numbers in ((False, applied), (True, back)):
            for number in numbers:
                for n in self._marks(number, way):
                    self._want(n in seen, number, 'told, and', n, 'is not')
        for number in applied:
            marks = self._marks(number)
            self.claimed += len(marks) == 1 and not self.own & set(marks)
            self._want(number in look.rows or not look.back or any(
                n in seen for n in self._marks(number, True)),
                number, 'told as applied, and has no row')
        for way, what in ((False, 'nothing'), (True, 'kept back')):
            for number in said(self.run, what):
                kept = self.own & set(self._marks(number, way))
                # The rows do not tell what never was from what was undone.
                undone = all(look.undone(n, self.pids) for n in kept)
                self.undone += bool(kept and undone)
                self._want(not kept or undone,
                           'something of', number, 'was kept')

    def _silent(self):
        """What it did in a transaction, and did not tell."""
        applied, back = small.told(self.run)
        unknown = said(self.run, 'unknown')
        for way, told in ((False, applied), (True, back)):
            for number in self.look.forward:
                marks = self._marks(number, way)
                if len(marks) == 1 and marks[0] in self.own and \
                        not self.look.undone(marks[0], self.pids):
                    self._want(number in told | unknown, number,
                               'done, and not told')

    def _status(self, names):
        status, look = self.run.status, self.look
        if status == 0 and not look.back:
            self._want(look.rows == names and not look.journal,
                       '0, but not all is applied')
        elif status == 1:
            self._want(TIMED_OUT.search(self.run.stderr), '1, and no reason')
        elif status == 4:
            self._want(look.back, '4, and nothing differs')
        elif status == 6:
            half = look.journal[0] if look.journal else (0, 0, '', '')
            marks = set(self._marks(half[0], half[3] == 'rollback'))
            self._want(not self.own & marks or said(self.run, 'unknown') or
                       NOT_FOUND_OUT.search(self.run.stderr),
                       '6, but it is half applied')
        elif status == 7:
            self._done()
        else:
            self._want(status in (0, 5), 'a status that it should not have')

    def _done(self):
        """As many statements as are reported must be done."""
        number = re.search(r'(?m)^(?:Detail: )?([0-9]+)_\w+ runs without',
                           self.run.stderr)
        told = DONE.search(self.run.stderr)
        if not number or not told:
            return
        seen = collections.Counter(n for n, pid in self.look.effects)
        back = bool(small.told(self.run)[1]) or 'rollback' in self.run.args
        marks = (self.look.back if back else
                 self.look.forward)[int(number[1])]
        for mark in marks[:int(told[1])]:
            self._want(mark is None or seen[mark], 'statement', mark,
                       'reported as done is not')

    def _stopped(self):
        """Nothing has touched the journal since."""
        told, look = STOPPED.search(self.run.stderr), self.look
        if TAKEN.search(self.run.stderr):
            return
        self._want(look.journal or NOT_FOUND_OUT.search(self.run.stderr),
                   '7, but nothing is half applied')
        if told and look.journal:
            number, at, state, way = look.journal[0]
            self._want(int(told[1]) == at and
                       (told[2] in ('done', 'completed')) == (state == 'done'),
                       'stopped elsewhere')
