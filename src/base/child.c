/*
 * Running programs.  posix_spawn(3) knows no PR_SET_PDEATHSIG; between fork()
 * and exec there is only what a signal handler may call, and execvpe(), which
 * in glibc and musl needs no memory but the stack.
 */
#include "base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

struct child {
	const char *program;
	char *const *args;
	char *const *env;
	int said;
	int failed; /* takes the errno of what could not be done */
	pid_t parent;
	sigset_t mask;
};

/* Handlers are ours; what is ignored stays so, as over any exec. */
static void
child_reset_signals(const struct child *c)
{
	struct sigaction sa, none = {.sa_handler = SIG_DFL};
	int sig;

	for (sig = 1; sig < NSIG; sig++)
		if (sigaction(sig, NULL, &sa) == 0 && sa.sa_handler != SIG_IGN)
			sigaction(sig, &none, NULL);
	sigprocmask(SIG_SETMASK, &c->mask, NULL);
}

static _Noreturn void
child_become(const struct child *c)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), error;

	if (null >= 0 && dup2(null, STDIN_FILENO) >= 0 &&
	    dup2(null, STDOUT_FILENO) >= 0 &&
	    dup2(c->said, STDERR_FILENO) >= 0 &&
	    prctl(PR_SET_PDEATHSIG, SIGTERM) == 0) {
		child_reset_signals(c);
		/* We may have ended before the signal was asked for. */
		if (getppid() == c->parent)
			execvpe(c->program, c->args, c->env);
	}
	error = errno;
	if (write(c->failed, &error, sizeof(error)) < 0)
		_exit(126);
	_exit(127);
}

/* Nothing comes where exec has closed the other end. */
static int
child_result(int fd)
{
	int error = 0;
	ssize_t n;

	do
		n = read(fd, &error, sizeof(error));
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof(error) ? error : 0;
}

int
child_start(const char *program, char *const *args, char *const *env, int said,
    pid_t *pid)
{
	struct child c = {program, args, env, said, .parent = getpid()};
	int ends[2], r;
	sigset_t all;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return errno;
	c.failed = ends[1];
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &c.mask);
	*pid = fork();
	r = *pid < 0 ? errno : 0;
	if (*pid == 0)
		child_become(&c);
	sigprocmask(SIG_SETMASK, &c.mask, NULL);
	close(ends[1]);
	if (r == 0) {
		r = child_result(ends[0]);
		if (r != 0)
			child_wait(*pid);
	}
	close(ends[0]);
	return r;
}

int
child_wait(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return status;
}
