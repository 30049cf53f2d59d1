/*
 * PostgreSQL's rules.
 *
 * The statements that cannot run inside a transaction were tried on a server
 * of version 15; those of subscriptions and of later versions are from the
 * calls of PreventInTransactionBlock() in its source.
 */
#include "sql/classify_int.h"

enum option { OPTION_ABSENT, OPTION_OFF, OPTION_ON };

/* An option of the list in parentheses at w; one without a value is on. */
static enum option
list_option(struct words w, const char *names)
{
	if (!words_is_mark(&w, '('))
		return OPTION_ABSENT;
	do {
		words_next(&w);
		if (words_is_value(&w, names)) {
			words_next(&w);
			if (w.kind == TOKEN_OPERATOR)
				words_next(&w);
			return words_is_off(&w) ? OPTION_OFF : OPTION_ON;
		}
		while (!words_at_end(&w) && !words_is_mark(&w, ',') &&
		    !words_is_mark(&w, ')'))
			words_next(&w);
	} while (words_is_mark(&w, ','));
	return OPTION_ABSENT;
}

static bool
test_list_on(struct words w, const char *option)
{
	return list_option(w, option) == OPTION_ON;
}

static bool
test_list_names(struct words w, const char *option)
{
	return list_option(w, option) != OPTION_ABSENT;
}

/* An option of the WITH list further on that is on unless it says no. */
static bool
test_with_on(struct words w, const char *option)
{
	while (!words_at_end(&w) && !words_take(&w, "with"))
		words_next(&w);
	return list_option(w, option) != OPTION_OFF;
}

/* A subscription makes its slot where it connects at all. */
static bool
test_makes_slot(struct words w, const char *option)
{
	return test_with_on(w, option) && test_with_on(w, "connect");
}

/* A list whose arguments call nothing. */
static bool
take_plain_list(struct words *w)
{
	if (!words_take_mark(w, '('))
		return false;
	while (!words_at_end(w) && !words_is_mark(w, '(') &&
	    !words_is_mark(w, ')'))
		words_next(w);
	return words_take_mark(w, ')');
}

/* After SELECT: calls of set_config() and nothing else, as pg_dump has it. */
static bool
test_set_config(struct words w, const char *option)
{
	do {
		if (words_take(&w, "pg_catalog") && !words_take_mark(&w, '.'))
			return false;
		if (!words_take(&w, option) || !take_plain_list(&w))
			return false;
	} while (words_take_mark(&w, ','));
	return words_at_end(&w);
}

const struct statement_rule postgres_rules[] = {
    {"begin", STATEMENT_BEGIN, NULL, NULL},
    {"start transaction", STATEMENT_BEGIN, NULL, NULL},
    {"commit prepared", STATEMENT_OUTSIDE, NULL, NULL},
    {"commit work|transaction? and chain", STATEMENT_CHAIN, NULL, NULL},
    {"commit work|transaction? END", STATEMENT_COMMIT, NULL, NULL},
    {"commit work|transaction? and no chain END", STATEMENT_COMMIT, NULL, NULL},
    {"end work|transaction? and chain", STATEMENT_CHAIN, NULL, NULL},
    {"end work|transaction? END", STATEMENT_COMMIT, NULL, NULL},
    {"end work|transaction? and no chain END", STATEMENT_COMMIT, NULL, NULL},
    {"rollback prepared", STATEMENT_OUTSIDE, NULL, NULL},
    {"rollback work|transaction? and chain", STATEMENT_CHAIN, NULL, NULL},
    {"rollback work|transaction? to", STATEMENT_SAVEPOINT, NULL, NULL},
    {"rollback", STATEMENT_ROLLBACK, NULL, NULL},
    {"abort work|transaction? and chain", STATEMENT_CHAIN, NULL, NULL},
    {"abort", STATEMENT_ROLLBACK, NULL, NULL},
    {"savepoint", STATEMENT_SAVEPOINT, NULL, NULL},
    {"release", STATEMENT_SAVEPOINT, NULL, NULL},
    {"prepare transaction STRING", STATEMENT_TWO_PHASE, NULL, NULL},

    {"set constraints", STATEMENT_PLAIN, NULL, NULL},
    {"set session|local? transaction snapshot", STATEMENT_PLAIN, NULL, NULL},
    {"set session|local? transaction", STATEMENT_MODES, NULL, NULL},
    {"set", STATEMENT_SETTING, NULL, NULL},
    {"reset", STATEMENT_SETTING, NULL, NULL},
    {"select", STATEMENT_SETTING, test_set_config, "set_config"},
    {"do", STATEMENT_BLOCK, NULL, NULL},
    {"call", STATEMENT_BLOCK, NULL, NULL},

    {"create database", STATEMENT_OUTSIDE, NULL, NULL},
    {"drop database", STATEMENT_OUTSIDE, NULL, NULL},
    {"alter database NAME set tablespace", STATEMENT_OUTSIDE, NULL, NULL},
    {"create tablespace", STATEMENT_OUTSIDE, NULL, NULL},
    {"drop tablespace", STATEMENT_OUTSIDE, NULL, NULL},
    {"alter system", STATEMENT_OUTSIDE, NULL, NULL},
    {"discard all", STATEMENT_OUTSIDE, NULL, NULL},
    {"vacuum", STATEMENT_OUTSIDE, NULL, NULL},
    {"cluster verbose? LIST? END", STATEMENT_OUTSIDE, NULL, NULL},
    {"repack", STATEMENT_OUTSIDE, test_list_on, "concurrently"},
    {"repack LIST? END", STATEMENT_OUTSIDE, NULL, NULL},
    {"create unique? index concurrently", STATEMENT_OUTSIDE, NULL, NULL},
    {"drop index concurrently", STATEMENT_OUTSIDE, NULL, NULL},
    {"reindex LIST? schema|database|system", STATEMENT_OUTSIDE, NULL, NULL},
    {"reindex LIST? table|index concurrently", STATEMENT_OUTSIDE, NULL, NULL},
    {"reindex", STATEMENT_OUTSIDE, test_list_on, "concurrently"},
    {"alter table if? exists? TABLE detach partition NAME concurrently",
	STATEMENT_OUTSIDE, NULL, NULL},

    {"create subscription", STATEMENT_OUTSIDE, test_makes_slot, "create_slot"},
    {"drop subscription", STATEMENT_OUTSIDE, NULL, NULL},
    {"alter subscription NAME refresh", STATEMENT_OUTSIDE, NULL, NULL},
    {"alter subscription NAME set|add|drop publication", STATEMENT_OUTSIDE,
	test_with_on, "refresh"},
    {"alter subscription NAME set", STATEMENT_OUTSIDE, test_list_names,
	"failover|two_phase"},
    {NULL, STATEMENT_PLAIN, NULL, NULL},
};

/* GRANT role TO role has no ON before its TO (or FROM). */
static bool
test_membership(struct words w, const char *option)
{
	(void)option;
	while (!words_at_end(&w) && !words_is(&w, "on") &&
	    !words_is(&w, "to") && !words_is(&w, "from"))
		words_next(&w);
	return !words_at_end(&w) && !words_is(&w, "on");
}

/* Further on: ON DATABASE and the like. */
static bool
test_on_shared(struct words w, const char *option)
{
	(void)option;
	while (!words_at_end(&w) && !words_take(&w, "on"))
		words_next(&w);
	return statement_match(&w, "database|tablespace|parameter|role");
}

/* The kinds of objects that all databases of a server share. */
#define SHARED "role|user|group|database|tablespace"

const struct statement_rule postgres_reaching[] = {
    {"create user mapping", STATEMENT_PLAIN, NULL, NULL},
    {"create " SHARED, STATEMENT_OUTSIDE, NULL, NULL},
    {"create subscription", STATEMENT_OUTSIDE, NULL, NULL},
    {"alter user mapping", STATEMENT_PLAIN, NULL, NULL},
    {"alter " SHARED, STATEMENT_OUTSIDE, NULL, NULL},
    {"alter system|subscription", STATEMENT_OUTSIDE, NULL, NULL},
    {"drop user mapping", STATEMENT_PLAIN, NULL, NULL},
    {"drop " SHARED, STATEMENT_OUTSIDE, NULL, NULL},
    {"drop owned|subscription", STATEMENT_OUTSIDE, NULL, NULL},
    {"reassign owned", STATEMENT_OUTSIDE, NULL, NULL},
    {"grant", STATEMENT_OUTSIDE, test_membership, NULL},
    {"grant", STATEMENT_OUTSIDE, test_on_shared, NULL},
    {"revoke", STATEMENT_OUTSIDE, test_membership, NULL},
    {"revoke", STATEMENT_OUTSIDE, test_on_shared, NULL},
    {"comment", STATEMENT_OUTSIDE, test_on_shared, NULL},
    {"security label", STATEMENT_OUTSIDE, test_on_shared, NULL},
    {"copy binary? NAME? LIST? to|from stdin|stdout", STATEMENT_PLAIN, NULL,
	NULL},
    {"copy", STATEMENT_OUTSIDE, NULL, NULL},
    {NULL, STATEMENT_PLAIN, NULL, NULL},
};
