#!/usr/bin/env python3
"""The server crashes: a backend is killed with -9, or all of it at once.

While COMMIT waits for a standby that there is not, the crash falls into it;
otherwise anywhere into a run.
"""
import collections
import os
import random
import signal
import time

import database
import kill
import small
import torture
import verdict
import wire

COUNT = 8
BACK = ['rollback', '--to', '001', '--yes']


class Campaign:
    def __init__(self):
        self.server = database.Server("synchronous_standby_names = 'nobody'",
                                      'synchronous_commit = local')
        self.db, self.path = small.undisturbed(self.server.database, COUNT)
        self.schema = self.db.schema()
        self.seen, self.places = collections.Counter(), collections.Counter()
        self.faults = torture.Faults('each verdict true, nothing lost, '
                                     'nothing twice')

    def commits_wait(self, yes):
        self.db.sql('ALTER DATABASE %s SET synchronous_commit = %s' % (
            self.db.name, 'on' if yes else 'local'))

    def wait_for_commit(self, run):
        """Until it is in COMMIT, and its successor will not be."""
        seen = torture.eventually(lambda: run.process.poll() is not None or
                                  any(row[2] == 'SyncRep'
                                      for row in self.db.activity()))
        if seen is None:
            return False
        self.commits_wait(False)
        return run.process.poll() is None

    def crash(self):
        """One of both; whether a run was there."""
        seen = self.db.activity()
        if not seen:
            return False
        if random.random() < 0.4:
            self.server.crash()
            self.server.resume()
            self.seen['the cluster'] += 1
            return True
        try:
            os.kill(int(seen[0][0]), signal.SIGKILL)
        except ProcessLookupError:
            return False
        # It may have been about to end by itself.
        crashed = self.db.connection.wait_for_end()
        self.seen['a backend'] += crashed
        return crashed

    def answers(self):
        try:
            self.db.reconnect()
            return True
        except (OSError, wire.Error):
            return False

    def one(self, commit):
        before = small.State(self.db)
        back = len(before.rows) > 1 and random.random() < 0.5
        args = list(BACK) if back else ['apply']
        goal = [1] if back else list(range(1, COUNT + 1))
        if len(before.rows) == len(goal):
            back, args = not back, ['apply'] if back else list(BACK)
            goal = list(range(1, COUNT + 1)) if not back else [1]
        if not back and random.random() < 0.2:
            args.append('--single-transaction')
        if commit:
            self.commits_wait(True)
        run = torture.Run(self.db.url, self.path, *args, '--lock-wait=20s')
        if commit:
            self.faults.check(self.wait_for_commit(run), 'no COMMIT', run)
        else:
            time.sleep(random.uniform(0.01, 0.04))
        place = kill.postgres_place(self.db, run)
        crashed = self.crash()
        run.wait()
        if not crashed:
            return False
        self.places[place] += 1
        self.faults.check(torture.eventually(self.answers) is not None,
                          'the server does not come back')
        self.faults.check(self.db.gone(5) is not None, 'it goes on', run)
        self.judge(run, args, goal, before)
        return True

    def judge(self, run, args, goal, before):
        after = small.State(self.db)
        kind = 'single' if len(args) == 2 else args[0]
        judged = verdict.Verdict(run, kind, goal, before, after)
        self.faults.check(after.sound(), after, run)
        self.faults.check(not judged.wrong, judged.wrong, after, run)
        self.seen['status %d' % run.status] += 1
        self.seen['resolved'] += 'had succeeded' in run.stderr
        self.faults.check('not known' not in run.stderr,
                          'it could be known', run)

    def run(self, crashes, commits):
        done = 0
        while done < crashes and len(self.faults.found) < 10:
            done += self.one(done < commits)
        last = torture.run(self.db.url, self.path, 'apply')
        self.faults.check(last.status == 0 and small.State(self.db).sound()
                          and self.db.schema() == self.schema, last)
        torture.diag('%d crashes: %s' % (done, ', '.join(
            '%d %s' % (n, what) for what, n in self.seen.most_common())))
        for place, times in self.places.most_common():
            torture.diag('  %6d in: %s' % (times, place))
        self.faults.report()
        torture.ok(self.places['COMMIT'] >= commits, '%d during COMMIT' %
                   self.places['COMMIT'])


if not torture.have('postgres'):
    torture.ok(True, 'there is no PostgreSQL')
    torture.done()
Campaign().run(torture.choose(12, 500), torture.choose(4, 100))
torture.done()
