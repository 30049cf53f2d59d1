"""Small migrations of each kind, and whether a database has each just once.

Migration N makes table tN and adds N to the table effects, its rollback drops
it and adds -N: so what ran, in which order and how often, can be read there.
"""
import torture

REPEAT = 10

FIRST = {
    'postgres': 'CREATE TABLE effects (seq bigserial, n integer);',
    'sqlite': 'CREATE TABLE effects (seq INTEGER PRIMARY KEY, n INTEGER);',
}

# By engine, the bodies between which the numbers go round.
BODIES = {
    'postgres': [
        'CREATE TABLE t{n} (x integer);\n{effect}',
        'BEGIN;\nCREATE TABLE t{n} (x integer);\n{effect}\n'
        "INSERT INTO schema_version (version, description)\n"
        "VALUES ('0.0.{n}', 'its own words');\nCOMMIT;",
        'CREATE TABLE t{n} (x integer);\n' +
        'INSERT INTO t{n} VALUES (1);\n' * REPEAT + '{effect}',
        "SET search_path = public, pg_temp;\nCREATE TABLE t{n} (x integer);\n"
        'DO $$ BEGIN FOR i IN 1..50 LOOP INSERT INTO t{n} VALUES (i);\n'
        'END LOOP; END $$;\nCREATE INDEX i{n} ON t{n} (x);\n{effect}',
        'CREATE TABLE t{n} (x integer UNIQUE DEFERRABLE INITIALLY DEFERRED);\n'
        '{effect}\nCOPY t{n} FROM stdin;\n1\n2\n\\.',
    ],
    'sqlite': [
        'CREATE TABLE t{n} (x integer);\n{effect}',
        'BEGIN;\nCREATE TABLE t{n} (x integer);\n{effect}\n'
        "INSERT INTO schema_version (version, description)\n"
        "VALUES ('0.0.{n}', 'its own words');\nCOMMIT;",
        'CREATE TABLE t{n} (x integer);\n' +
        'INSERT INTO t{n} VALUES (1);\n' * REPEAT + '{effect}',
        'CREATE TABLE t{n} (x integer);\nCREATE TRIGGER g{n} AFTER INSERT ON\n'
        't{n} BEGIN {effect} END;\nINSERT INTO t{n} VALUES (1);',
        'PRAGMA foreign_keys = off;\nCREATE TABLE t{n} (x integer\n'
        'REFERENCES effects (seq));\n{effect}\nWITH RECURSIVE r (i) AS\n'
        '(SELECT 1 UNION ALL SELECT i + 1 FROM r WHERE i < 3000)\n'
        'INSERT INTO t{n} SELECT NULL FROM r;',
    ],
}

EFFECT = 'INSERT INTO effects (n) VALUES ({n});'


def files(engine, count):
    """A folder's worth of them."""
    made = {'001_effects': FIRST[engine] + '\n' + EFFECT.format(n=1)}
    for n in range(2, count + 1):
        body = BODIES[engine][n % len(BODIES[engine])]
        name = '%03d_t' % n
        made[name] = body.format(n=n, effect=EFFECT.format(n=n))
        back = 'DROP TABLE t%d;\n%s' % (n, EFFECT.format(n=-n))
        if 'schema_version' in body:
            back = "BEGIN;\n%s\nDELETE FROM schema_version WHERE version =\n" \
                "'0.0.%d';\nCOMMIT;" % (back, n)
        made[name + '_rollback'] = back
    return made


class State:
    """What a database has: rows, tables, effects."""

    def __init__(self, db):
        self.db = db
        there = db.tables()
        self.rows, self.effects, self.journal = [], [], []
        if 'schema_version' in there:
            # Version 0.0.N; a table made by hand has no numbers.
            self.rows = sorted(int(v.split('.')[2]) for v in db.column(
                'SELECT version FROM schema_version'))
        if 'schema_version_journal' in there:
            self.journal = db.sql('SELECT number, statement, state '
                                  'FROM schema_version_journal')
        self.made = [1] if 'effects' in there else []
        self.made += sorted(int(t[1:]) for t in there if t[1:].isdigit())
        if self.made:
            self.effects = [int(n) for n in db.column(
                'SELECT n FROM effects ORDER BY seq')]

    def __str__(self):
        return 'rows %s, tables %s, effects %s, journal %s' % (
            self.rows, self.made, self.effects, self.journal)

    def sound(self):
        """Each migration wholly, with its row, or not at all; none twice."""
        if self.rows != self.made or self.journal or \
                self.rows != list(range(1, len(self.rows) + 1)):
            return False
        stack = []
        for n in self.effects:
            if n > 0:
                stack.append(n)
            elif not stack or stack.pop() != -n:
                return False
        return stack == self.rows


def history(db):
    """The rows, without what differs from run to run."""
    return [list(row) for row in db.sql(
        'SELECT version, description, number, name, checksum, '
        'content_checksum, rollback_checksum, rollback_sql, origin '
        'FROM schema_version ORDER BY number')]


def logged(db):
    """How often each success was logged: {(what, number): times}."""
    return {(row[0], int(row[1])): int(row[2]) for row in db.sql(
        "SELECT action, number, count(*) FROM schema_version_log "
        "WHERE outcome = 'done' GROUP BY action, number")}


def told(run):
    """The numbers that a run said it had applied, and rolled back."""
    applied, back = set(), set()
    for line in run.stdout.splitlines():
        words = line.split()
        if line.startswith('applied '):
            applied.add(int(words[1].split('_')[0]))
        elif line.startswith('rolled back '):
            back.add(int(words[2].split('_')[0]))
    return applied, back


def undisturbed(make, count):
    """The database that a run without faults leaves, and its folder."""
    db = make()
    path = torture.folder(files(db.engine, count))
    ran = torture.run(db.url, path, 'apply')
    torture.same(ran.status, 0, '%s: a run without faults' % db.engine)
    return db, path
