/* Snapshots for tests, made from the text of a dump. */
#ifndef CHECK_CHECK_TEST_H
#define CHECK_CHECK_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "check/snapshot.h"

/* To be freed with catalogue_free(). */
static inline struct catalogue *
parsed(const char *text)
{
	struct catalogue *all = NULL;
	struct err err = ERR_INIT;

	assert_int_equal(snapshot_parse(&all, text, "dump", &err), 0);
	return all;
}

#endif
