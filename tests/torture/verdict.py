"""Whether what a run says, and its exit status, is so."""
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
            self._want(bool(journal), '7, but nothing is half done')
            done = re.search(r'(\d+) of its statements', self.run.stderr)
            known = int(journal[0][1]) - (journal[0][2] == 'started') \
                if journal else 0
            least = 'at least %s of' % done[1] if done else ''
            self._want(done and (int(done[1]) == known or least in
                                 self.run.stderr and int(done[1]) <= known),
                       'not as many statements are done')
        elif status == 6:
            self._want(not journal or unknown, '6, but half done')
        else:
            self._want(False, 'a status that it should not have')
