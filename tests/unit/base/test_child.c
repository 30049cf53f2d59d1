/* Programs that are run: their streams, signals and end, and none at all. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/child.h"

static char variable[] = "NAME=value";
static char *env[] = {variable, NULL};

/* All that comes until nobody can write any more. */
static const char *
read_all(int fd)
{
	static char text[256];
	size_t len = 0;
	ssize_t n;

	do {
		n = read(fd, text + len, sizeof(text) - 1 - len);
		assert_true(n >= 0);
		len += (size_t)n;
	} while (n > 0);
	text[len] = '\0';
	close(fd);
	return text;
}

static pid_t
start(const char *script, int said)
{
	char shell[] = "sh", option[] = "-c", text[256];
	char *args[] = {shell, option, text, NULL};
	pid_t pid;

	assert_true(strlen(script) < sizeof(text));
	strcpy(text, script);
	assert_int_equal(child_start("sh", args, env, said, &pid), 0);
	return pid;
}

/* Run it; it writes that much as errors, and its status is returned. */
static int
assert_says(const char *script, const char *want)
{
	int ends[2];
	pid_t pid;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid = start(script, ends[1]);
	close(ends[1]);
	assert_string_equal(read_all(ends[0]), want);
	return child_wait(pid);
}

static void
test_streams(void **state)
{
	int status;

	(void)state;
	status = assert_says(
	    "echo lost; cat; echo \"$NAME\" >&2; exit 3", "value\n");
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 3);
}

static void
caught(int sig)
{
	(void)sig;
}

/* A handler of ours is no business of the program's; to ignore is. */
static void
test_signals(void **state)
{
	struct sigaction catches = {.sa_handler = caught};
	struct sigaction ignores = {.sa_handler = SIG_IGN};
	sigset_t before, after;
	int status, sig;

	(void)state;
	sigaction(SIGUSR1, &catches, NULL);
	sigaction(SIGUSR2, &ignores, NULL);
	sigprocmask(SIG_SETMASK, NULL, &before);
	status = assert_says("kill -USR1 $$; echo alive >&2", "");
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGUSR1);
	status = assert_says("kill -USR2 $$; echo alive >&2", "alive\n");
	assert_int_equal(status, 0);
	sigprocmask(SIG_SETMASK, NULL, &after);
	for (sig = 1; sig < NSIG; sig++)
		assert_int_equal(
		    sigismember(&before, sig), sigismember(&after, sig));
}

/* What cannot be run leaves no process behind. */
static void
test_none(void **state)
{
	char name[] = "x";
	char *args[] = {name, NULL};
	pid_t pid;

	(void)state;
	assert_int_equal(
	    child_start("no-such-program", args, env, STDERR_FILENO, &pid),
	    ENOENT);
	assert_int_equal(
	    child_start("/dev/null", args, env, STDERR_FILENO, &pid), EACCES);
	assert_int_equal(child_start("sh", args, env, -1, &pid), EBADF);
	assert_int_equal(child_wait(-1), -1);
	assert_int_equal(errno, ECHILD);
}

/* It is told where who has started it was killed. */
static void
test_orphan(void **state)
{
	int ends[2];
	char go;
	pid_t us;

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	us = fork();
	if (us == 0) {
		start("trap 'echo told >&2; exit' TERM; echo >&2; "
		      "while :; do sleep 0.1; done",
		    ends[1]);
		pause();
	}
	close(ends[1]);
	assert_int_equal(read(ends[0], &go, 1), 1);
	assert_int_equal(kill(us, SIGKILL), 0);
	assert_string_equal(read_all(ends[0]), "told\n");
	assert_true(WIFSIGNALED(child_wait(us)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_streams),
	    cmocka_unit_test(test_signals),
	    cmocka_unit_test(test_none),
	    cmocka_unit_test(test_orphan),
	};

	alarm(60);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
