#!/usr/bin/env python3
"""The script of plan --sql, run by psql or sqlite3, leaves what apply leaves:
the schema, each byte of each row, and the history.
"""
import os
import random
import subprocess

import database
import hostile
import torture

FILES = 200  # of a folder
FOLDERS = torture.choose(1, 500)

HISTORY = ('SELECT number, version, name, description, checksum, '
           'content_checksum, rollback_checksum, rollback_sql '
           'FROM schema_version ORDER BY number')

# What a start-up file may set; the script must not go by it.
PSQLRC = '''\\set PORT 7
\\set n 3
\\set ON_ERROR_ROLLBACK on
\\set FETCH_COUNT 2
\\set SINGLELINE on
\\set AUTOCOMMIT off
SET search_path = pg_catalog
SET standard_conforming_strings = off
'''
SQLITERC = '''.headers on
.mode box
PRAGMA case_sensitive_like = on;
PRAGMA recursive_triggers = on;
PRAGMA ignore_check_constraints = on;
PRAGMA legacy_alter_table = on;
'''


def shell(db, script):
    if db.engine == 'sqlite':
        return ['sqlite3', '-init', rc('sqliterc', SQLITERC), db.path], \
            open(script)
    os.environ['PSQLRC'] = rc('psqlrc', PSQLRC)
    return ['psql', '-q', '-f', script, db.url], subprocess.DEVNULL


def rc(name, text):
    path = os.path.join(torture.tmp, name)
    with open(path, 'w') as out:
        out.write(text)
    return path


def rows(db):
    """Every row of every table of the migrations."""
    for table in sorted(db.tables()):
        if table.startswith('schema_version'):
            continue
        if db.engine == 'sqlite':
            yield table, db.sql('SELECT rowid, * FROM %s ORDER BY 1' % table)
        else:
            yield table, db.column('SELECT t::text FROM %s t' % table)


def state(db):
    return {'schema': db.schema(), 'rows': dict(rows(db)),
            'history': db.sql(HISTORY)}


def first_difference(one, other):
    for what in one:
        a, b = one[what], other[what]
        if isinstance(a, dict):
            a, b = sorted(a.items()), sorted(b.items())
        if isinstance(a, str):
            a, b = a.splitlines(), b.splitlines()
        for x, y in zip(a, b):
            if x != y:
                return '%s: apply %r, script %r' % (what, x, y)
        if len(a) != len(b):
            return '%s: %d and %d of them' % (what, len(a), len(b))
    return None


def compare(new, engine, faults, at):
    rng = random.Random('%d %s %d' % (torture.SEED, engine, at))
    path = torture.folder({
        '%04d_m' % n: hostile.migration(engine, rng, n)
        for n in range(1, FILES + 1)})
    applied, scripted = new(), new()
    run = torture.run(applied.url, path, 'apply')
    if not faults.check(run.status == 0, 'apply', run.stderr):
        return
    script = os.path.join(path, 'up.script')
    plan = torture.run(scripted.url, path, 'plan', '--sql', '--from', '0')
    if not faults.check(plan.status == 0, 'plan', plan.stderr):
        return
    with open(script, 'w', newline='') as out:
        out.write(plan.stdout)
    command, text = shell(scripted, script)
    ran = subprocess.run(command, stdin=text, stdout=subprocess.DEVNULL,
                         stderr=subprocess.PIPE, text=True)
    if not faults.check(ran.returncode == 0, 'shell', ran.stderr[-2000:]):
        return
    difference = first_difference(state(applied), state(scripted))
    faults.check(difference is None, 'folder %d:' % at, difference)
    applied.drop()
    scripted.drop()


def both(engine, new):
    faults = torture.Faults('%s: %d files' % (engine, FOLDERS * FILES))
    for at in range(FOLDERS):
        compare(new, engine, faults, at)
    faults.report()


if torture.have('postgres'):
    server = database.Server()
    both('postgres', server.database)
if torture.have('sqlite'):
    both('sqlite', database.Sqlite)
torture.done()
