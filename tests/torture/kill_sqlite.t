#!/usr/bin/env python3
"""kill -9 at a random instant, on SQLite, and restart until done."""
import database
import kill
import torture

if not torture.have('sqlite'):
    torture.ok(True, 'there is no SQLite')
    torture.done()
for journal in 'delete', 'wal':
    kill.Campaign(
        'SQLite, ' + journal, lambda: database.Sqlite(journal),
        kill.sqlite_place).run(torture.choose(150, 5000))
torture.done()
