/* Runs the whole program in a child, in a folder of its own. */
#ifndef COMMAND_RUN_H
#define COMMAND_RUN_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command/command.h"

#define RUN_MAX 65536
#define RUN_ARGS 16

/* What a run printed, and how it ended. */
struct run {
	char out[RUN_MAX];
	char err[RUN_MAX];
	int status;
};

static inline void
run_read(const char *path, char *text)
{
	FILE *f = fopen(path, "r");
	size_t n = f == NULL ? 0 : fread(text, 1, RUN_MAX - 1, f);

	text[n] = '\0';
	if (f != NULL)
		fclose(f);
}

/* In the child: the streams go to files; there is no terminal to ask on. */
static inline void
run_child(int argc, char **argv)
{
	int status;

	if (freopen("/dev/null", "r", stdin) == NULL ||
	    freopen("out", "w", stdout) == NULL ||
	    freopen("err", "w", stderr) == NULL)
		_exit(99);
	status = command_dispatch(argc, argv);
	exit(status);
}

/* Run with the arguments of a line, which are separated by blanks. */
static inline struct run *
run_program(const char *line)
{
	static struct run r;
	char *copy = strdup(line), *save = NULL, *p;
	char *argv[RUN_ARGS] = {strdup("sqlmigrate")};
	int argc = 1, status = 0;
	pid_t pid;

	for (p = strtok_r(copy, " ", &save); p != NULL && argc < RUN_ARGS - 1;
	     p = strtok_r(NULL, " ", &save))
		argv[argc++] = p;
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		run_child(argc, argv);
	waitpid(pid, &status, 0);
	r.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	run_read("out", r.out);
	run_read("err", r.err);
	free(argv[0]);
	free(copy);
	return &r;
}

static inline void
run_write(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	if (f == NULL || fputs(text, f) < 0 || fclose(f) != 0)
		abort();
}

/* Stand in an empty folder, with no setting from outside. */
static inline int
run_setup(void **state)
{
	char dir[] = "/tmp/sqlmigrate-command-XXXXXX";
	enum option_id i;

	for (i = 0; i < OPTION_COUNT; i++)
		if (option_table[i].env != NULL)
			unsetenv(option_table[i].env);
	unsetenv("DATABASE_URL");
	unsetenv("DATABASE_URL_FILE");
	unsetenv("PGDATABASE");
	unsetenv("PGSERVICE");
	unsetenv("POSTGRES_USER");
	unsetenv("POSTGRES_DB");
	unsetenv("POSTGRES_PASSWORD");
	if (mkdtemp(dir) == NULL || chdir(dir) != 0)
		return -1;
	*state = strdup(dir);
	return 0;
}

static inline int
run_teardown(void **state)
{
	char command[128];
	int r;

	snprintf(command, sizeof(command), "rm -rf '%s'", (char *)*state);
	free(*state);
	r = chdir("/");
	return r == 0 ? system(command) : r;
}

#endif
