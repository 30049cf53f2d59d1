"""Folders of migrations to measure with, and the same work as one script."""
import os

INSERT = "INSERT INTO big (id, a, b) VALUES (%d, 'row %d %s', '%s');\n"
BIG_TABLE = 'CREATE TABLE big (id INTEGER PRIMARY KEY, a TEXT, b TEXT);\n'
FLOOR_TABLE = ('CREATE TABLE schema_version (version TEXT PRIMARY KEY, '
               'description TEXT, checksum TEXT, '
               'applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP);\n')
FLOOR_ROW = ("INSERT INTO schema_version (version, description, checksum) "
             "VALUES ('0.0.%d', '%s', '%064x');\n")


def small(i):
    """The i-th small migration: its name and its statements."""
    table = 't_%d' % ((i - 1) // 4)
    kind = (i - 1) % 4
    if kind == 0:
        return 'create_' + table, (
            'CREATE TABLE %s (\n    id INTEGER PRIMARY KEY,\n'
            '    name TEXT NOT NULL,\n    note TEXT,\n'
            '    amount INTEGER DEFAULT 0\n);\n' % table)
    if kind == 1:
        return 'extend_' + table, (
            'ALTER TABLE %s ADD COLUMN extra INTEGER DEFAULT 0;\n' % table)
    if kind == 2:
        return 'index_' + table, (
            'CREATE INDEX %s_name ON %s (name);\n' % (table, table))
    return 'fill_' + table, ''.join(
        "INSERT INTO %s (id, name, note, amount) "
        "VALUES (%d, 'name %d', 'semi; colon', %d);\n"
        % (table, j, j, i * 7919 % 1000) for j in range(1, 6))


def make_small(where, count):
    """count migrations in where/migrations; for a shell, where/all.sql."""
    folder = os.path.join(where, 'migrations')
    os.makedirs(folder)
    with open(os.path.join(where, 'all.sql'), 'w') as script:
        script.write(FLOOR_TABLE)
        for i in range(1, count + 1):
            name, text = small(i)
            with open('%s/%05d_%s.sql' % (folder, i, name), 'w') as file:
                file.write(text)
            script.write('BEGIN;\n' + text + FLOOR_ROW % (i, name, i) +
                         'COMMIT;\n')
    return where


def undo(i):
    """The statement that takes the i-th small migration back."""
    table = 't_%d' % ((i - 1) // 4)
    return ('DROP TABLE %s;\n', 'ALTER TABLE %s DROP COLUMN extra;\n',
            'DROP INDEX %s_name;\n', 'DELETE FROM %s;\n')[
                (i - 1) % 4] % table


def make_pairs(where, count):
    """count small migrations, each with its rollback."""
    make_small(where, count)
    for i in range(1, count + 1):
        with open('%s/migrations/%05d_%s_rollback.sql'
                  % (where, i, small(i)[0]), 'w') as file:
            file.write(undo(i))
    return where


def make_wide(where, count):
    """One migration of so many tables with all that usually belongs to one."""
    folder = os.path.join(where, 'migrations')
    os.makedirs(folder)
    with open(os.path.join(folder, '1_wide.sql'), 'w') as file:
        for i in range(count):
            file.write(
                'CREATE TABLE w%d (id serial PRIMARY KEY, %s,\n'
                '    up integer REFERENCES w%d, CHECK (c1 > 0));\n'
                % (i, ', '.join('c%d integer DEFAULT %d' % (c, c)
                                for c in range(1, 9)), max(0, i - 1)))
            for c in range(1, 4):
                file.write('CREATE INDEX ON w%d (c%d);\n' % (i, c))
    return where


def make_big(where, megabytes):
    """One migration of that many MB of INSERTs of about 200 bytes."""
    folder = os.path.join(where, 'migrations')
    os.makedirs(folder)
    size, i = 0, 0
    with open(folder + '/001_big.sql', 'w') as file, \
            open(where + '/all.sql', 'w') as script:
        script.write(FLOOR_TABLE + 'BEGIN;\n' + BIG_TABLE)
        file.write(BIG_TABLE)
        while size < megabytes * 1000000:
            i += 1
            word = '%016x' % (i * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF)
            line = INSERT % (i, i, word, word * 8)
            size += len(line)
            file.write(line)
            script.write(line)
        script.write(FLOOR_ROW % (1, 'big', 1) + 'COMMIT;\n')
    return where


def make_texts(where, count, size):
    """count files of that many bytes, to be read and not run."""
    folder = os.path.join(where, 'migrations')
    os.makedirs(folder)
    for i in range(1, count + 1):
        text, j = '', 0
        while len(text) < size:
            j += 1
            text += small(i * 100 + j)[1]
        with open('%s/%05d_text.sql' % (folder, i), 'w') as file:
            file.write(text)
    return where
