"""Folders of migrations made of the single changes in tests/data.

proofs.py make postgres|sqlite DATA BASE OUT	honest and false rollbacks
proofs.py look honest|false SAID...	what prove --json said of them

An honest folder takes each change back as the table has it, and then does the
same the other way round; in a false one the rollback does nothing, and the
next migration takes the change back.
"""
import json
import os
import re
import sys

# What prove refuses, since it would act on more than a scratch database.
SHARED = re.compile(r'(?i)\bDATABASE\b|\bSUBSCRIPTION\b')
BATCH = 20


def read_postgres(data, version):
    for part in re.split(r'\n\s*\n', data):
        lines = [line for line in part.splitlines() if line[:1] in '+-=']
        span = re.search(r'^(\d*)\.\.(\d*)$', part, re.M)
        if span and not int(span[1] or 0) <= version <= int(span[2] or 99):
            continue
        change = [line[2:] for line in lines if line[0] == '+']
        undo = [line[2:] for line in lines if line[0] == '-']
        shown = [line for line in lines if line[0] == '=']
        if change and undo and shown:
            yield None, change, undo


def read_base(path, version):
    """The statements of a schema; one ends at an empty line."""
    for part in re.split(r'\n\s*\n', open(path).read()):
        since = re.match(r'-- (\d+)\n', part)
        if ((not since or int(since[1]) <= version)
                and not SHARED.search(part)):
            yield part.strip()


def read_sqlite(data):
    for line in data.splitlines():
        parts = [part.strip() for part in line.split(' | ')]
        if line.startswith('|'):
            parts = [''] + [p.strip() for p in line[1:].split(' | ')]
        if not line.startswith('#') and len(parts) == 4 and parts[3] != '-':
            yield parts[0], [parts[1]], [parts[2]]


def put(folder, number, forward, back):
    for suffix, text in (('', forward), ('_rollback', back)):
        if text is not None:
            with open('%s/%04d_c%s.sql' % (folder, number, suffix), 'w') as f:
                f.write(''.join(t.rstrip(';') + ';\n' for t in text if t))


def make(base, cases, out):
    """Two folders for the cases; base is the first migration."""
    for kind in ('honest', 'false'):
        folder = '%s.%s' % (out, kind)
        os.makedirs(folder)
        put(folder, 1, base, None)
        for i, (_, change, undo) in enumerate(cases):
            nothing = ['SELECT 1']
            honest = kind == 'honest'
            put(folder, 2 * i + 2, change, undo if honest else nothing)
            put(folder, 2 * i + 3, undo, change if honest else None)


def make_all(engine, data, base, out):
    text = open(data).read()
    if engine == 'postgres':
        version = int(os.environ['VERSION'])
        cases = [c for c in read_postgres(text, version)
                 if not SHARED.search(' '.join(c[1] + c[2]))]
        for i in range(0, len(cases), BATCH):
            make(list(read_base(base, version)), cases[i:i + BATCH],
                 '%s/%03d' % (out, i))
    else:
        cases = list(read_sqlite(text))
        for i, case in enumerate(cases):
            make([case[0]], [case], '%s/%03d' % (out, i))
    print(len(cases))


def look_at(kind, said):
    """What of one run's verdicts should not be, and how many there are."""
    events = [json.loads(line) for line in open(said)]
    differences = {}
    for e in events:
        if e['event'] == 'difference' and not e['allowed']:
            differences.setdefault(e['number'], []).append(e)
    bad = [(e['message'], e['file'], e['line'])
           for e in events if e['event'] == 'error']
    proofs = [e for e in events
              if e['event'] == 'proof' and e['verdict'] != 'no rollback']
    for e in proofs:
        told = differences.get(e['number'], [])
        honest = e['verdict'] == 'proven' or all(
            d['sort'] in ('column-order', 'enum-values') for d in told)
        caught = e['verdict'] in ('lies', 'fails') and told
        if not (honest if kind == 'honest' else caught):
            bad.append((said, e['name'], e['verdict'], e['message'],
                        e['failed'], [(d['kind'], d['identity'], d['was'],
                                       d['is']) for d in told]))
    return bad, len(proofs)


def look(kind, *runs):
    """Print how many verdicts there are, and each that should not be."""
    results = [look_at(kind, said) for said in runs]
    print(sum(count for _, count in results))
    for bad, _ in results:
        for what in bad:
            print(*what)


if __name__ == '__main__':
    if sys.argv[1] == 'make':
        make_all(*sys.argv[2:])
    else:
        look(*sys.argv[2:])
