/*
 * sweep: runs a command of sqlmigrate again and again, and each time another
 * one of its calls fails (shim.h), until it ends with none left to fail.
 *
 *	sweep [-a] [-b COMMAND]... [-f COMMAND] [-i FILE] [-m REGEX]
 *	    [-w STATUS] -c CHECK -r RESTORE -k KIND[+]:STEP,... COMMAND
 *
 * It stands in the folder that the commands are about.  RESTORE, for sh,
 * makes the state before the command; CHECK prints what is to be compared.
 * After each fault the state must be the one before or the one after the
 * command, or one that another command (-b) comes to; with -a it may be any.
 * Then the command must come to the one after, or where something was done
 * FOLLOW (-f); "" is for a command that does more when it is given again.
 *
 * With -m what is said of a failure has to match REGEX.
 *
 * Only each STEP-th call of a KIND fails; with "+" all after it fail, too.
 * Prints what is wrong, and how many faults there were.
 */
#include <dirent.h>
#include <fcntl.h>
#include <pwd.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command/command.h"
#include "shim.h"

#define ARGS_MAX 32
#define BETWEEN_MAX 8
#define TEXT_MAX 65536
#define PATIENCE 120 /* seconds that one command may take */
#define FOLLOW_EACH 16
#define SHOWN_MAX 8

/* Statuses of a child that are none of sqlmigrate's. */
#define STATUS_SANITIZER 99
#define STATUS_DESCRIPTORS 98

struct sweep {
	const char *command;
	const char *follow;
	const char *check;
	const char *restore;
	const char *input;
	const char *said;
	regex_t regex;
	const char *between[BETWEEN_MAX];
	size_t nbetween;
	char *states[BETWEEN_MAX + 2]; /* before, after, between */
	int want;
	bool any;
	unsigned long faults;
	unsigned long wrong;
};

struct fault {
	const char *kind;
	unsigned long n;
	bool lasting;
};

static bool *hit; /* shared with the children */

const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

const char *
__asan_default_options(void)
{
	return "exitcode=99:allocator_may_return_null=1";
}

const char *
__ubsan_default_options(void)
{
	return "exitcode=99:print_stacktrace=1";
}

static void __attribute__((noreturn)) die(const char *what)
{
	perror(what);
	exit(2);
}

static char *
slurp(const char *path)
{
	char *text = calloc(1, TEXT_MAX);
	FILE *f = fopen(path, "r");

	if (text == NULL || f == NULL)
		die(path);
	text[fread(text, 1, TEXT_MAX - 1, f)] = '\0';
	fclose(f);
	return text;
}

static unsigned
descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned n = 0;

	if (dir == NULL)
		die("/proc/self/fd");
	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n;
}

static void
redirect(int to, const char *path, int flags)
{
	int fd = open(path, flags, 0666);

	if (fd < 0 || dup2(fd, to) < 0)
		die(path);
	close(fd);
}

/* In a child: the command, in this very process. */
static void __attribute__((noreturn))
child(const struct sweep *s, const char *command, const struct fault *fault)
{
	char *copy = strdup(command), *save = NULL, *p;
	static char name[] = "sqlmigrate";
	char *argv[ARGS_MAX] = {name};
	int argc = 1, status;
	unsigned before;

	for (p = strtok_r(copy, " ", &save); p != NULL && argc < ARGS_MAX - 1;
	     p = strtok_r(NULL, " ", &save))
		argv[argc++] = p;
	redirect(0, s->input != NULL ? s->input : "/dev/null", O_RDONLY);
	redirect(1, "../out", O_WRONLY | O_CREAT | O_TRUNC);
	redirect(2, "../err", O_WRONLY | O_CREAT | O_TRUNC);
	alarm(PATIENCE);
	before = descriptors();
	if (fault != NULL &&
	    !shim_arm(fault->kind, fault->n, fault->lasting, hit))
		die(fault->kind);
	status = command_dispatch(argc, argv);
	shim_disarm();
	if (descriptors() != before)
		status = STATUS_DESCRIPTORS;
	free(copy);
	exit(status);
}

/* Returns the exit status, or the negated number of the signal. */
static int
attempt(const struct sweep *s, const char *command, const struct fault *fault)
{
	int status = 0;
	pid_t pid;

	*hit = false;
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		child(s, command, fault);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		die("fork");
	while (wait(NULL) > 0) /* what it left behind (main) */
		;
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static void
restore(const struct sweep *s)
{
	fflush(NULL);
	if (system(s->restore) != 0)
		die("restore");
}

static char *
state(const struct sweep *s)
{
	char command[TEXT_MAX];

	snprintf(command, sizeof(command), "{ %s\n} >../state 2>&1", s->check);
	fflush(NULL);
	if (system(command) != 0)
		fputs("the check failed\n", stdout);
	return slurp("../state");
}

/* The lines of a text that are not in another one. */
static void
differ(const char *title, const char *text, const char *other)
{
	char *copy = strdup(text), *save = NULL, *p;

	for (p = strtok_r(copy, "\n", &save); p != NULL;
	     p = strtok_r(NULL, "\n", &save))
		if (strstr(other, p) == NULL)
			printf("  %s: %s\n", title, p);
	free(copy);
}

static void
wrong(struct sweep *s, const struct fault *f, const char *what, int status,
    const char *now)
{
	char *err;

	s->wrong++;
	if (s->wrong > SHOWN_MAX)
		return;
	err = slurp("../err");
	printf("%s: %s%s %lu: %s (status %d)\n", s->command, f->kind,
	    f->lasting ? "+" : "", f->n, what, status);
	differ("stderr", err, "");
	if (now != NULL) {
		differ("more than before", now, s->states[0]);
		differ("less than before", s->states[0], now);
		differ("more than after", now, s->states[1]);
		differ("less than after", s->states[1], now);
	}
	free(err);
}

static bool
one_of(const struct sweep *s, const char *now)
{
	size_t i;

	for (i = 0; i < s->nbetween + 2; i++)
		if (strcmp(now, s->states[i]) == 0)
			return true;
	return s->any;
}

/* Errors told: lines of the program that are no warnings or notices. */
static unsigned
messages(const char *text)
{
	const char *p, *name = "sqlmigrate: ";
	unsigned n = 0;

	for (p = text; p != NULL; p = strchr(p, '\n')) {
		p += *p == '\n';
		if (strncmp(p, name, strlen(name)) == 0 &&
		    strncmp(p + strlen(name), "warning: ", 9) != 0 &&
		    strncmp(p + strlen(name), "notice: ", 8) != 0)
			n++;
		if (strncmp(p, "{\"event\":\"error\"", 16) == 0)
			n++;
		if (strncmp(p, "error: ", 7) == 0) /* a finding */
			n = 1;
	}
	return n;
}

static bool
documented(int status)
{
	return status == 1 || status == 2 || status == 5 || status == 6 ||
	    status == 7;
}

/* What the run itself said. */
static const char *
verdict(const struct sweep *s, const struct fault *f, int status)
{
	char *out = slurp("../out"), *err = slurp("../err");
	unsigned told = messages(out) + messages(err);
	const char *what = NULL;

	if (status < 0)
		what = "a signal";
	else if (strstr(err, "Sanitizer") != NULL ||
	    strstr(err, "runtime error") != NULL || status == STATUS_SANITIZER)
		what = "a sanitizer's finding";
	else if (status == STATUS_DESCRIPTORS)
		what = "a descriptor is left open";
	else if (status != s->want && !documented(status))
		what = "no documented status";
	else if (status != s->want && told == 0 &&
	    strncmp(f->kind, "print", 5) != 0)
		what = "no message";
	else if (told > 1)
		what = "more than one message";
	else if (status != s->want && strcmp(f->kind, "alloc") == 0 &&
	    (status != 1 || strstr(err, "out of memory\n") == NULL))
		what = "not the end that is promised without memory";
	else if (status != s->want && s->said != NULL &&
	    regexec(&s->regex, err, 0, NULL, 0) != 0)
		what = "another message";
	free(out);
	free(err);
	return what;
}

/* What it left, and whether the next run goes on from there. */
static void
aftermath(struct sweep *s, const struct fault *f, int status)
{
	char *now = state(s), *then = NULL;
	bool same = strcmp(now, s->states[0]) == 0;

	if (status == s->want && strcmp(now, s->states[1]) != 0)
		wrong(s, f, "it ended well, but is not done", status, now);
	else if (!one_of(s, now))
		wrong(s, f, "a state that is neither", status, now);
	else if (same ? f->n % FOLLOW_EACH == 1 : *s->follow != '\0') {
		status = attempt(s, same ? s->command : s->follow, NULL);
		then = state(s);
		if (status != s->want)
			wrong(s, f, "the next run fails", status, now);
		else if (strcmp(then, s->states[1]) != 0)
			wrong(
			    s, f, "the next run ends elsewhere", status, then);
	}
	if (!same || then != NULL)
		restore(s);
	free(now);
	free(then);
}

/* Each call of the kind in turn. */
static void
kind(struct sweep *s, struct fault *f, unsigned long step)
{
	const char *what;
	int status;

	for (f->n = 1;; f->n += step) {
		status = attempt(s, s->command, f);
		what = verdict(s, f, status);
		if (!*hit)
			break;
		s->faults++;
		if (what != NULL)
			wrong(s, f, what, status, NULL);
		aftermath(s, f, status);
	}
	if (status != s->want)
		wrong(s, f, "it fails without a fault", status, NULL);
	restore(s);
}

static void
kinds(struct sweep *s, char *list)
{
	char *save = NULL, *p, *step;
	struct fault f;

	for (p = strtok_r(list, ",", &save); p != NULL;
	     p = strtok_r(NULL, ",", &save)) {
		step = strchr(p, ':');
		if (step == NULL || strtoul(step + 1, NULL, 10) == 0)
			exit(2);
		f.lasting = step > p && step[-1] == '+';
		step[f.lasting ? -1 : 0] = '\0';
		f.kind = p;
		kind(s, &f, strtoul(step + 1, NULL, 10));
	}
}

/* The states that are good. */
static void
learn(struct sweep *s)
{
	struct fault none = {.kind = "no fault"};
	size_t i;
	int status;

	restore(s);
	s->states[0] = state(s);
	status = attempt(s, s->command, NULL);
	s->states[1] = state(s);
	if (status != s->want)
		wrong(s, &none, "it fails", status, s->states[1]);
	for (i = 0; i < s->nbetween; i++) {
		restore(s);
		status = attempt(s, s->between[i], NULL);
		s->states[i + 2] = state(s);
		if (status != 0)
			wrong(s, &none, "one between fails", status, NULL);
	}
	restore(s);
}

static char *
options(struct sweep *s, int argc, char **argv)
{
	char *list = NULL;
	int c;

	while ((c = getopt(argc, argv, "ab:c:f:i:k:m:r:w:")) != -1)
		switch (c) {
		case 'a':
			s->any = true;
			break;
		case 'b':
			if (s->nbetween < BETWEEN_MAX)
				s->between[s->nbetween++] = optarg;
			break;
		case 'c':
			s->check = optarg;
			break;
		case 'f':
			s->follow = optarg;
			break;
		case 'i':
			s->input = optarg;
			break;
		case 'k':
			list = optarg;
			break;
		case 'm':
			s->said = optarg;
			if (regcomp(&s->regex, s->said,
				REG_EXTENDED | REG_NOSUB) != 0)
				exit(2);
			break;
		case 'r':
			s->restore = optarg;
			break;
		case 'w':
			s->want = atoi(optarg);
			break;
		default:
			exit(2);
		}
	s->command = argv[optind];
	if (s->follow == NULL)
		s->follow = s->command;
	if (list == NULL || s->command == NULL)
		exit(2);
	return list;
}

/* What libc begins with does not survive that memory is out. */
static void
warm(void)
{
	if (getpwuid(getuid()) == NULL)
		die("getpwuid");
}

int
main(int argc, char **argv)
{
	struct sweep s = {.check = ":", .restore = ":"};
	char *list = options(&s, argc, argv);
	size_t i;

	hit = mmap(NULL, sizeof(*hit), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (hit == MAP_FAILED)
		die("mmap");
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	warm();
	learn(&s);
	kinds(&s, list);
	for (i = 0; i < s.nbetween + 2; i++)
		free(s.states[i]);
	if (s.said != NULL)
		regfree(&s.regex);
	printf("%lu faults, %lu wrong\n", s.faults, s.wrong);
	return s.wrong > 0 || s.faults == 0;
}
