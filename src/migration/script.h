/*
 * Scripts: one SQL file, read, checked and cut into what is to run.
 *
 * A script is read twice: script_check() at plan time, which keeps nothing of
 * the text but what it found, and a script_reader when it runs.  Both go
 * through the same steps, so what runs is what was checked; the reader hashes
 * again, and script_reader_finish() fails where the bytes have changed since.
 */
#ifndef MIGRATION_SCRIPT_H
#define MIGRATION_SCRIPT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "migration/checksum.h"
#include "sql/classify.h"
#include "sql/scanner.h"

/* What the leading comments say; NULL where they do not. */
struct header {
	const char *migration;  /* "Migration:" or "Rollback:" */
	bool rollback;          /* it was "Rollback:" */
	const char *version;    /* forward: the version; rollback: of 1.1.0
				   -> 1.0.0 the first */
	const char *version_to; /* rollback: the second */
	const char *description;
	const char *author;
	const char *date;
	struct place version_place;
	struct place migration_place;
	struct place template_place; /* of HEADER_TEMPLATE; file NULL: none */
};

struct directives {
	bool no_transaction;
	bool empty; /* it is intended that the file has no statement */
	struct place no_transaction_at; /* of its value; file NULL if absent */
	int64_t lock_timeout_ms;        /* -1 where not given */
	int64_t statement_timeout_ms;   /* -1 where not given */
	uint64_t lock_timeout_line;     /* 0 where not given */
	uint64_t statement_timeout_line;
	unsigned allow;       /* bits, 1 << enum allowance */
	const char *no_proof; /* why it is not proven; NULL: it is */
};

/* How a folder's scripts are read. */
struct script_options {
	const struct dialect *dialect;
	const char *table; /* history table's name, without a schema */
	bool backslash;    /* see scanner_set_backslash() */
	bool automatic;    /* what cannot be one transaction runs without */
	bool collisions;   /* numbers may be the same */
	bool late_sums;    /* of long files, after script_identify() */
};

struct script {
	const char *name; /* of the file, in its folder */
	const char *path; /* folder/name, for messages */
	const char *text; /* of a script that is no file, else NULL */
	char checksum[CHECKSUM_SIZE];         /* of the bytes; "" while late */
	char content_checksum[CHECKSUM_SIZE]; /* of the tokens; "" unknown */
	uint64_t bytes;
	uint64_t statements; /* that are to run: without the BEGIN, COMMIT,
				SET TRANSACTION and PRAGMA that are left out,
				and without BEGIN and COMMIT of blocks */
	struct header header;
	struct directives directives;
	const char *modes; /* of the absorbed transaction; "" none */
	bool outside;      /* runs without a transaction: by its directive, or
			      since script_options.automatic found that */
	bool absorbed;     /* a BEGIN and COMMIT of its own are left out */
	bool own_row;      /* it writes to the history table */
	const char *own_version; /* of the row that it inserts, if seen */
	bool own_history;        /* the same, or it may drop that table */
	bool empty;              /* holds no statement; known once identified */
	int foreign_keys; /* hoisted PRAGMA, the first: 0 off, 1 on, -1 none */
	bool checked;     /* script_check() has read it whole */
	bool late;        /* it is identified, but not its sum and bytes */
	const char *unread;     /* why these could not be had later, or NULL */
	bool exposed;           /* every user may write to the file */
	const char *other_type; /* see statement_other_type(); NULL: none */
	uint64_t other_type_line;
};

/* A folder that is open; dir is its path, for messages. */
struct script_folder {
	int fd;
	const char *dir;
};

/*
 * Read only what identifies the file: checksum, bytes, header and directives.
 * Of a long file, the options may leave the first two to whoever needs them.
 * Texts go to the arena.  Errors: the file cannot be read; a header or a
 * directive is wrong (with its place).  Before, name and path (or text) are
 * set and the rest is zero.
 */
int
script_identify(struct script *, struct arena *, const struct script_options *,
    const struct script_folder *, struct err *) ERR_CHECKED;

/*
 * Where the sum of a file was left out, for it was long and the options say
 * so: read it whole and take the sum, and the number of bytes.  ERR_DISAGREE
 * where it is no longer the file that was identified.
 */
int script_sum(struct script *, struct arena *, const struct script_options *,
    const struct script_folder *, struct err *) ERR_CHECKED;

/*
 * Read it whole: also the content checksum, every statement, and whether it
 * can run as one transaction.  Errors, with file, line and column: a text
 * that the scanner refuses, transaction control that cannot be absorbed, a
 * statement that needs the no-transaction directive.  ERR_DISAGREE where the
 * bytes are no longer those that were identified; where their sum was left
 * out, it is taken now, and the header must be the same.
 */
int script_check(struct script *, struct arena *, const struct script_options *,
    const struct script_folder *, struct err *) ERR_CHECKED;

/* What a reader gives. */
enum script_step {
	SCRIPT_STATEMENT,   /* run it */
	SCRIPT_BLOCK_BEGIN, /* no-transaction files: the file's own BEGIN */
	SCRIPT_BLOCK_END, /* and COMMIT: the statements between are one unit */
	SCRIPT_DATA,      /* data of the COPY before */
	SCRIPT_DATA_END,
	SCRIPT_END
};

struct script_item {
	struct statement statement; /* for SCRIPT_DATA: text and len */
	enum statement_class class;
};

struct script_reader;

/*
 * Begin to run a script that was checked; all are borrowed.  Returns NULL
 * with the error set where the file cannot be opened, or where one of up to
 * 256 KiB has changed since: nothing of it is given out.  A longer one may be
 * read ahead by a thread of the reader's, where the dialect does not follow
 * settings.
 */
struct script_reader *script_reader_open(const struct script *,
    const struct script_options *, const struct script_folder *, struct err *);
void script_reader_close(struct script_reader *); /* NULL is accepted */

/*
 * As scanner_set_backslash(), for the text not yet read.  Only of a dialect
 * that follows settings.
 */
void script_reader_backslash(struct script_reader *, bool escapes);

/*
 * The next enum script_step, or a negative code.  The item's texts are valid
 * until the next call of any of these functions.
 */
int script_reader_next(
    struct script_reader *, struct script_item *, struct err *) ERR_CHECKED;

/* How many bytes of the file were read so far, at most two pieces too many. */
uint64_t script_reader_bytes(const struct script_reader *);

/*
 * After SCRIPT_END: whether the bytes were those that were checked.  An error
 * (ERR_DISAGREE) otherwise: the caller rolls back.
 */
int script_reader_finish(struct script_reader *, struct err *) ERR_CHECKED;

/*
 * For a message: the line of the script that holds the character number
 * chars (from 0) after the byte offset of from, the place of it in the file,
 * and how many characters of the returned text stand before it.  Returns a
 * string to be freed, NULL where it cannot be read; of a line longer than 200
 * characters it is the part round the place.  The folder may be NULL for a
 * script that is a text.
 */
char *script_line_at(const struct script *, const struct script_folder *,
    const struct place *from, int64_t chars, struct place *at, size_t *caret);

/* Have an error that is in the script show the line that it is in. */
void
script_show(const struct script *, const struct script_folder *, struct err *);

/* Add that place and that line to an error that has none yet. */
void script_locate(const struct script *, const struct script_folder *,
    const struct place *from, int64_t chars, struct err *);

/*
 * Move the place of a line's start so many lines down, at most to the end of
 * the text; escapes: one whose end is after a backslash goes on.  It stays as
 * it is where the script cannot be read.
 */
void script_line_down(const struct script *, const struct script_folder *,
    uint64_t lines, bool escapes, struct place *);

#endif
