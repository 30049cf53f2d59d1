/*
 * Events: all that a command has to say, for a reporter to print.
 *
 * What reports an event prints nothing itself, so that human and JSON output
 * cannot disagree.  Pointers are borrowed for the call.  Texts may hold any
 * bytes; the reporter escapes them.
 */
#ifndef RUN_EVENT_H
#define RUN_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "engine/engine.h"
#include "migration/amend.h"
#include "migration/checksum.h"
#include "migration/log.h"
#include "migration/state.h"

enum event_kind {
	EVENT_DATABASE,      /* identity: what is worked on */
	EVENT_WARNING,       /* text: allowed, but looks wrong */
	EVENT_NOTICE,        /* text: worth knowing */
	EVENT_SERVER_NOTICE, /* text, severity, migration: from the server */
	EVENT_LOCK_WAIT,  /* text: who holds the lock; once for each holder */
	EVENT_TABLE_MADE, /* text: the table's name */
	EVENT_ADOPTED,    /* migration: its hand-made row was completed */
	EVENT_START,      /* migration, rollback: it begins to run */
	EVENT_PROGRESS,   /* migration, done, total, statements, duration_ms */
	EVENT_STATEMENT,  /* migration, place, text, duration_ms: one ended */
	EVENT_ROW,        /* migration, place, text: one that it returned */
	EVENT_STORED,     /* migration, text: the rollback that is stored */
	EVENT_DONE,       /* migration, rollback, duration_ms: durable */
	EVENT_RETRY,   /* migration, text, blocked: it is tried again, and why;
			  count of total, after duration_ms */
	EVENT_FAILED,  /* migration, rollback, err, current */
	EVENT_NOTHING, /* current: nothing to do */
	EVENT_SUMMARY, /* count, duration_ms, current, rollback */
	EVENT_STATUS,  /* entry: one line of status */
	EVENT_STATUS_END, /* state */
	EVENT_CURRENT,    /* current */
	EVENT_PLAN,       /* migration, rollback, text (reason): one step */
	EVENT_PLAN_END,   /* count, rollback */
	EVENT_LOG,        /* log: one entry of it */
	EVENT_LOG_END,    /* count, total: how many were wanted at most */
	EVENT_SETTING,    /* name, text (value), source */
	EVENT_SETTING_END,
	EVENT_AMENDED,     /* amendment: written to the history */
	EVENT_AMENDED_END, /* count, current; text where nothing was to do */
	EVENT_BACKUP,      /* backup: one that was made */
	EVENT_SQL,         /* text: a piece of a script */
	EVENT_MOVED,       /* migration, name (new), text (version or NULL) */
	EVENT_MOVED_END,   /* count */
	EVENT_FINDING,     /* entry or none, err, severity: of verify */
	EVENT_FINDING_END, /* count (errors), done (warnings), total (files) */
	EVENT_PROVING,     /* migration, done, total: its proof begins */
	EVENT_PROOF,       /* migration, verdict, text (what failed), err, count
			      (differences), duration_ms */
	EVENT_DIFFERENCE,  /* migration, rollback, before, after, sort, allowed;
			      of rows: severity (kind), name, text; against
			      a dump: source (its file) */
	EVENT_PROOF_END,   /* verdicts: how many of each */
	EVENT_OBJECT_BEGIN, /* source: the server */
	EVENT_OBJECT,       /* object: one of the schema */
	EVENT_OBJECT_END,   /* count, text: the sum of all */
	EVENT_CREATED,      /* text: a file or folder that was made */
	EVENT_HELP,         /* text; name: the command, or NULL */
	EVENT_READY         /* identity: the database answers */
};

/* What came of the proof of a rollback. */
enum verdict {
	VERDICT_NONE,        /* it was not proven */
	VERDICT_PROVEN,      /* it gives back what was there */
	VERDICT_LIES,        /* it does not */
	VERDICT_FAILS,       /* a statement fails, on the way */
	VERDICT_EMPTY,       /* it has no statement */
	VERDICT_NO_ROLLBACK, /* there is none */
	VERDICT_EXEMPT, /* its directive no-proof says why it is not proven */
	VERDICT_UNPROVABLE, /* the role may not do that in a scratch database */
	VERDICTS
};

/* "proven", "lies": as reports and the log have it. */
const char *verdict_name(enum verdict);

/* A backup that is good. */
struct backup_info {
	const char *path;
	const char *restore; /* the command for it */
	uint64_t bytes;
	int64_t took_ms;
	char sum[CHECKSUM_SIZE];
};

struct event {
	enum event_kind kind;
	const struct migration *migration;
	const char *name; /* of a migration that may have no file */
	bool rollback;
	bool in_doubt;  /* failed: whether it was kept is not known */
	bool half_back; /* failed: it is its rollback that is half applied */
	bool empty;     /* the script holds no statement */
	bool outside;   /* it runs without a transaction */
	const char *text;
	const char *severity;
	const char *blocked; /* who is in the way, if that is news; or NULL */
	const char *source;
	const struct err *err;
	const struct place *place;
	const struct backup_info *backup;
	const struct entry *entry;
	const struct amendment *amendment;
	const struct object *object;
	const struct object *before;
	const struct object *after;
	const char *sort; /* of a difference; NULL: one that counts */
	bool allowed;
	enum verdict verdict;
	const char *reason;       /* of an exempt one */
	const uint64_t *verdicts; /* VERDICTS of them */
	const struct log_row *log;
	const struct state *state;
	const struct db_identity *identity;
	struct current current;
	int64_t duration_ms;
	uint64_t count;
	uint64_t statements;
	uint64_t done;  /* bytes */
	uint64_t total; /* bytes */
};

typedef void event_fn(void *arg, const struct event *);

#endif
