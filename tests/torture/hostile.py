"""Migrations whose text is hard to carry through psql and sqlite3."""

PIECES = ['\\', "'", '"', ':', ':n', ':PORT', ':{?n}', '::', ':=', '$$', '$1',
          '$a$', ';', '--', '/*', '*/', '\r', '\r\n', '\n', '\t', '\n.help\n',
          '\n/\n', '\ngo\n', '\n#\n', '\n\\q\n', '\n\\.\n', '\\.', '\\n', '%s',
          'BEGIN', 'END;', 'COMMIT;', 'é', '\u00a0', '\u20ac', '`', '[', ']',
          '\x01', '\x7f', ' ', 'x', '{', '}', '?', '?1', '@p', '#']
NAMES = ['begin', 'case_', 'go', 'port', 'n', 'atomic', 'begin_', 'language']


def text(rng, pieces=PIECES):
    return ''.join(rng.choices(pieces, k=rng.randrange(12)))


def plain(value):
    return "'" + value.replace("'", "''") + "'"


def gap(rng):
    """White space and comments, which may stand between any two tokens."""
    return ''.join(rng.choices(
        [' ', '\n', '\r\n', '\t', ' /* \' ; \\ :n */ ', ' -- " \\ ; :n\n',
         ' --\r\n'], (6, 3, 1, 1, 1, 1, 1), k=rng.randrange(1, 3)))


def numbered(rng):
    """A tag of a dollar quote."""
    return '$%s$' % rng.choice(['', 'q', 'sql', 'a1', 'BEGIN'])


class Postgres:
    name = 'postgres'
    newer = 'ALTER TABLE %s ADD COLUMN z text DEFAULT %s'

    def __init__(self, rng):
        self.rng, self.off = rng, False

    def literal(self):
        rng = self.rng
        value = text(rng)
        kind = rng.randrange(6)
        if self.off:
            return plain(value.replace('\\', '\\\\'))
        if kind == 0:
            return 'E' + plain(value.replace('\\', '\\\\'))
        if kind == 1:
            tag = numbered(rng)
            if '$' not in value:
                return tag + value + tag
        if kind == 2:
            return "U&" + plain(value.replace('\\', '\\\\'))
        if kind == 3:
            return plain(value) + '\n' + plain(text(rng))
        return plain(value)

    def identifier(self):
        value = text(self.rng, [p for p in PIECES if p.isprintable()])
        if self.rng.random() < 0.3 or not value:
            return self.rng.choice(NAMES)
        return '"' + value[:12].replace('"', '""') + '"'

    def table(self, t):
        return 'CREATE TABLE %s (i integer, v text, a integer[])' % t

    def statements(self, t):
        rng, word = self.rng, self.rng.choice(NAMES)
        yield 'INSERT INTO %s (v) VALUES (%s), (%s)' % (
            t, self.literal(), self.literal())
        yield ('INSERT INTO %s (i, a) SELECT i, (ARRAY[10,20,30])[1:%s] '
               'FROM (VALUES (2)) AS v (%s), generate_series(1,2) i'
               % (t, word, word))
        yield ('CREATE VIEW %s_v AS SELECT a[:2] AS x_, a[1:i] AS y_, '
               'i::text AS %s, %s AS l_ FROM %s' % (
                   t, self.identifier(), self.literal(), t))
        tag = '$f%s' % numbered(rng)[1:]
        body = text(rng)
        yield ('CREATE FUNCTION %s_%s(n integer) RETURNS integer LANGUAGE '
               'plpgsql AS %s BEGIN n := n; --%s\n RETURN n::integer; END; %s'
               % (t, word, tag, body.replace('\n', ' ').replace('\r', ' ')
                  .replace('$', ''), tag))
        yield ('CREATE FUNCTION %s_a() RETURNS integer BEGIN ATOMIC SELECT '
               'CASE WHEN true THEN 1 ELSE 2 END; SELECT (a[:1])[1] FROM %s; '
               'END' % (t, t))
        yield "COMMENT ON TABLE %s IS %s" % (t, self.literal())
        yield 'CREATE POLICY begin ON %s' % t
        yield 'ALTER TABLE %s ADD COLUMN %s integer' % (t, self.identifier())
        yield ('COPY %s (v) FROM stdin' % t, self.data())
        yield ("COPY %s (v) FROM stdin (FORMAT csv)" % t,
               ['"%s"' % text(rng, ['a', ':n', ';', "'", '\\\\', '""'])
                for i in range(3)])

    def data(self):
        return [text(self.rng, ['a', ':n', ';', "'", '\\\\', '\\t', '\\n', '"',
                                '\\N', 'é']).replace('\\N', 'N') + 'x'
                for i in range(self.rng.randrange(4))]


class Sqlite:
    name = 'sqlite'

    def __init__(self, rng):
        self.rng, self.off = rng, False

    def literal(self):
        return plain(text(self.rng)) if self.rng.random() < 0.9 else \
            "x'%s'" % self.rng.randbytes(self.rng.randrange(9)).hex()

    def identifier(self):
        value = text(self.rng)
        kind = self.rng.randrange(4)
        if kind == 0:
            return self.rng.choice(NAMES)
        if kind == 1 and ']' not in value:
            return '[x%s]' % value
        if kind == 2:
            return '`x%s`' % value.replace('`', '``')
        return '"x%s"' % value.replace('"', '""')

    def table(self, t):
        return ('CREATE TABLE %s (i INTEGER,%sv TEXT DEFAULT %s, %s, '
                'CHECK (v IS NULL OR%sv <> %s))' % (
                    t, gap(self.rng), self.literal(), self.identifier(),
                    gap(self.rng), plain(text(self.rng) + '?!')))

    def statements(self, t):
        yield 'INSERT INTO %s (v) VALUES (%s), (%s)' % (
            t, self.literal(), self.literal())
        yield 'CREATE VIEW %s_v AS SELECT%s%s AS %s, 4 / 2 FROM %s' % (
            t, gap(self.rng), self.literal(), self.identifier(), t)
        yield ('CREATE TRIGGER %s_%s AFTER INSERT ON %s BEGIN SELECT CASE '
               'WHEN 1 THEN 2 END;%sUPDATE %s SET i = 1 WHERE v = %s; END' % (
                   t, self.rng.choice(NAMES), t, gap(self.rng), t,
                   self.literal()))
        yield 'CREATE INDEX %s_i ON %s (v || %s)' % (t, t, self.literal())
        yield 'INSERT INTO %s (v) SELECT %s' % (t, self.literal())
        yield 'PRAGMA recursive_triggers = on'


ENGINES = {'postgres': Postgres, 'sqlite': Sqlite}


def migration(engine, rng, number):
    """The text of a file, which any engine of its kind applies."""
    made, lines = ENGINES[engine](rng), []
    if engine == 'postgres' and rng.random() < 0.15:
        made.off = True
        lines += ['SET standard_conforming_strings = off;',
                  'SET escape_string_warning = off;']
    lines.append(made.table('t%d' % number) + ';')
    end = rng.choice(['\n', '\n', '\r\n'])
    chosen = list(made.statements('t%d' % number))
    for part in rng.sample(chosen, rng.randrange(1, len(chosen) + 1)):
        statement, data = part if isinstance(part, tuple) else (part, None)
        if rng.random() < 0.2:
            lines.append(gap(rng))
        lines.append(statement + ';')
        if data is not None:
            lines += data + ['\\.']
    if rng.random() < 0.1:
        lines[:0] = ['BEGIN;']
        lines += ['COMMIT;']
    elif rng.random() < 0.1:
        lines[:0] = ['-- sqlmigrate: no-transaction']
    return end.join(lines)
