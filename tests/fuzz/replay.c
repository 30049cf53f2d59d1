/*
 * Run a fuzz target over the kept corpus, without libFuzzer: one file after
 * another, and each with every piece cut off its end.  The seeds' folder is
 * named after the program: replay_X takes tests/fuzz/seeds/X.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Cut at every length, so that each state of a parser meets the end. */
static void
replay(const struct buf *b)
{
	size_t n;

	for (n = 0; n <= b->len; n++)
		LLVMFuzzerTestOneInput((const uint8_t *)buf_str(b), n);
}

static int
replay_file(const char *folder, const char *name)
{
	char path[4096];
	struct err err = ERR_INIT;
	struct buf b;
	int r;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	buf_init(&b, BUF_TEXT);
	r = file_read_small(path, &b, &err);
	if (r == 0)
		replay(&b);
	else
		printf("# %s\n", err.message);
	err_clear(&err);
	buf_clear(&b);
	return r;
}

int
main(int argc, char **argv)
{
	const char *top = getenv("top_srcdir");
	const char *name = argc > 0 ? strrchr(argv[0], '_') : NULL;
	const struct dirent *d;
	char folder[2048];
	int tests = 0;
	DIR *dir;

	snprintf(folder, sizeof(folder), "%s/tests/fuzz/seeds/%s",
	    top == NULL ? "." : top, name == NULL ? "" : name + 1);
	dir = opendir(folder);
	while (dir != NULL && (d = readdir(dir)) != NULL) {
		if (d->d_name[0] == '.')
			continue;
		tests++;
		printf("%sok %d - %s\n",
		    replay_file(folder, d->d_name) == 0 ? "" : "not ", tests,
		    d->d_name);
	}
	if (dir != NULL)
		closedir(dir);
	printf("1..%d\n", tests);
	return tests == 0;
}
