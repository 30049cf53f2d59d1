/* Stopping: SIGINT, SIGTERM and SIGHUP end the statement that runs. */
#include "run/stop.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

/* The cursor may stand behind a progress line, or the ^C of the terminal. */
#define STOP_TOLD \
	": stopping; a second signal ends at once, whatever is half applied\n"

static const struct stop_kind {
	int signal;
	enum err_code code;
	const char *name;
	const char *told;
} stop_kinds[] = {
    {SIGINT, ERR_INTERRUPT, "SIGINT", "\nsqlmigrate: SIGINT" STOP_TOLD},
    {SIGTERM, ERR_TERMINATE, "SIGTERM", "\nsqlmigrate: SIGTERM" STOP_TOLD},
    {SIGHUP, ERR_HANGUP, "SIGHUP", "\nsqlmigrate: SIGHUP" STOP_TOLD},
};

#define STOP_KINDS (sizeof(stop_kinds) / sizeof(*stop_kinds))

static volatile sig_atomic_t stop_signal;
static struct db *volatile stop_db;
static bool stop_tells; /* to a terminal, where somebody waits */

static const struct stop_kind *
stop_kind_of(int sig)
{
	size_t i;

	for (i = 0; i < STOP_KINDS; i++)
		if (stop_kinds[i].signal == sig)
			return &stop_kinds[i];
	return NULL;
}

/* What cannot be told is done all the same. */
static void
stop_tell(int sig)
{
	const char *told = stop_kind_of(sig)->told;

	if (stop_tells && write(STDERR_FILENO, told, strlen(told)) < 0)
		return;
}

/* A closed terminal may send SIGHUP twice: by its shell, and by the kernel. */
static void
stop_handle(int sig)
{
	int saved = errno;
	struct db *db = stop_db;

	if (stop_signal != 0 && sig == SIGHUP)
		return;
	if (stop_signal != 0)
		_exit(128 + sig);
	stop_signal = sig;
	stop_tell(sig);
	if (db != NULL)
		db->engine->cancel(db);
	errno = saved;
}

/* A run under nohup(1) goes on where its terminal goes away. */
static bool
stop_is_unwanted(int sig)
{
	struct sigaction sa;

	return sig == SIGHUP && sigaction(sig, NULL, &sa) == 0 &&
	    sa.sa_handler == SIG_IGN;
}

void
stop_install(void)
{
	struct sigaction sa;
	size_t i;

	stop_tells = isatty(STDERR_FILENO);
	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = stop_handle;
	sigemptyset(&sa.sa_mask);
	for (i = 0; i < STOP_KINDS; i++)
		sigaddset(&sa.sa_mask, stop_kinds[i].signal);
	for (i = 0; i < STOP_KINDS; i++)
		if (!stop_is_unwanted(stop_kinds[i].signal))
			sigaction(stop_kinds[i].signal, &sa, NULL);
}

void
stop_watch(struct db *db)
{
	stop_db = db;
}

int
stop_code(void)
{
	return stop_signal == 0 ? 0 : stop_kind_of(stop_signal)->code;
}

bool
stop_is_code(int code)
{
	size_t i;

	for (i = 0; i < STOP_KINDS; i++)
		if (stop_kinds[i].code == code)
			return true;
	return false;
}

int
stop_check(struct err *err)
{
	int code = stop_code();

	if (code == 0)
		return 0;
	return err_set(
	    err, code, "stopped by %s", stop_kind_of(stop_signal)->name);
}

int
stop_reason(struct err *err)
{
	struct err stopped = ERR_INIT;
	bool refused = err->code == ERR_STATEMENT || stop_is_code(err->code);

	if (stop_check(&stopped) != 0 && refused) {
		err_place(&stopped, &err->place);
		stopped.source = err->source;
		stopped.caret = err->caret;
		err->source = NULL;
		err_move(err, &stopped);
	}
	err_clear(&stopped);
	return err->code;
}
