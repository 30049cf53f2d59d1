/*
 * Options: the one table of them.
 *
 * Each option exists once, here: the parser, the settings, --help and the
 * tests walk this table.  Command options belong to the commands in their
 * bit set; global ones to all.
 */
#ifndef CONFIG_OPTION_H
#define CONFIG_OPTION_H

#include <stdbool.h>
#include <stddef.h>

enum option_id {
	OPTION_DATABASE,
	OPTION_DIR,
	OPTION_TABLE,
	OPTION_ENV,
	OPTION_CONFIG,
	OPTION_ENV_FILE,
	OPTION_PASSWORD_COMMAND,
	OPTION_QUIET,
	OPTION_VERBOSE,
	OPTION_JSON,
	OPTION_COLOR,
	OPTION_LOCK,
	OPTION_LOCK_WAIT,
	OPTION_LOCK_TIMEOUT,
	OPTION_LOCK_RETRIES,
	OPTION_STATEMENT_TIMEOUT,
	OPTION_TRANSACTION,
	OPTION_CONNECT_TIMEOUT,
	OPTION_DIRECT,
	OPTION_POOLER,
	OPTION_STORE_ROLLBACK,
	OPTION_FINGERPRINT,
	OPTION_FOREIGN_KEYS,
	OPTION_UNSAFE_SCHEMA,
	OPTION_HELP,
	OPTION_VERSION,
	OPTION_DRY_RUN,
	OPTION_OUT_OF_ORDER,
	OPTION_SINGLE_TRANSACTION,
	OPTION_ROLLBACK,
	OPTION_TO,
	OPTION_ALL,
	OPTION_CASCADE,
	OPTION_BACKUP,
	OPTION_RESUME,
	OPTION_STORED,
	OPTION_SQL,
	OPTION_FROM,
	OPTION_UNDO,
	OPTION_ROW,
	OPTION_STATEMENT,
	OPTION_YES,
	OPTION_EXIT_CODE,
	OPTION_MAJOR,
	OPTION_MINOR,
	OPTION_PATCH,
	OPTION_TIMESTAMP,
	OPTION_NO_TRANSACTION,
	OPTION_EDIT,
	OPTION_TEMPLATE,
	OPTION_OFFLINE,
	OPTION_PENDING,
	OPTION_SCRATCH,
	OPTION_SEED,
	OPTION_RECORD,
	OPTION_ALLOW,
	OPTION_SCHEMA,
	OPTION_AGAINST,
	OPTION_TIMEOUT,
	OPTION_LINES,
	OPTION_COUNT
};

enum option_type {
	VALUE_FLAG,     /* stands for itself; yes or no in the environment */
	VALUE_REPEAT,   /* a flag that counts */
	VALUE_TEXT,     /* any text that is not empty */
	VALUE_NUMBER,   /* 1 to 18 digits */
	VALUE_DURATION, /* 500ms, 30s, 5min; in milliseconds */
	VALUE_LIMIT,    /* a duration, or "none" (which is 0) */
	VALUE_CHOICE,   /* one of a list; its index there */
	VALUE_TARGET,   /* a migration: checked by the command */
	VALUE_DECISION  /* see config/decision.h */
};

/* The commands that take an option. */
enum option_command {
	FOR_INIT = 1 << 0,
	FOR_NEW = 1 << 1,
	FOR_APPLY = 1 << 2,
	FOR_ROLLBACK = 1 << 3,
	FOR_STATUS = 1 << 4,
	FOR_CURRENT = 1 << 5,
	FOR_PLAN = 1 << 6,
	FOR_WAIT = 1 << 7,
	FOR_HELP = 1 << 8,
	FOR_CONFIG = 1 << 9,
	FOR_HISTORY = 1 << 10,
	FOR_STAMP = 1 << 11,
	FOR_REPAIR = 1 << 12,
	FOR_VERIFY = 1 << 13,
	FOR_REDO = 1 << 14,
	FOR_RENUMBER = 1 << 15,
	FOR_BACKUP = 1 << 16,
	FOR_COMPLETE = 1 << 17,
	FOR_PROVE = 1 << 18,
	FOR_DUMP = 1 << 19,
	FOR_ALL = (1 << 20) - 1 /* a global option */
};

/*
 * The choices of --color, --lock, --pooler and --transaction, in the order of
 * their lists.
 */
enum color_choice { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };
enum lock_choice { LOCK_ADVISORY, LOCK_TABLE };
enum pooler_choice { POOLER_AUTO, POOLER_SESSION };
enum transaction_choice { TRANSACTION_STRICT, TRANSACTION_AUTO };

struct option_spec {
	const char *name; /* without the dashes; also the key of the config */
	const char *argument;       /* NULL where it takes none */
	const char *fallback;       /* the default, NULL where there is none */
	const char *env;            /* NULL where there is none */
	const char *env_also;       /* a second variable; X_FILE counts too */
	const char *const *choices; /* VALUE_CHOICE, ended by NULL */
	const char *help;
	unsigned commands;
	enum option_type type;
	char letter; /* '\0' where there is none */
	bool common; /* --help shows it; the rest is shown by help options */
};

/* Indexed by enum option_id. */
extern const struct option_spec option_table[OPTION_COUNT];

/* The option with a long name; OPTION_COUNT if none has it. */
enum option_id option_find(const char *name, size_t len);

/*
 * The first option that has the letter and belongs to one of the commands, a
 * set of enum option_command.  Two commands may use one letter differently:
 * with the option that was found before, it is the next one; OPTION_COUNT
 * begins, and is the answer if there is none.
 */
enum option_id
option_find_letter(char letter, unsigned commands, enum option_id after);

/* Whether the option stands alone on the command line. */
bool option_is_flag(enum option_id);

/* Whether its value is the address of a database, which may hold a password. */
bool option_is_address(enum option_id);

/* Whether every command takes it. */
bool option_is_global(enum option_id);

#endif
