/* Stopping: SIGINT and SIGTERM end the statement that runs. */
#include "run/stop.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t stop_signal;
static struct db *volatile stop_db;

static void
stop_handle(int sig)
{
	int saved = errno;
	struct db *db = stop_db;

	if (stop_signal != 0)
		_exit(128 + sig);
	stop_signal = sig;
	if (db != NULL)
		db->engine->cancel(db);
	errno = saved;
}

void
stop_install(void)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = stop_handle;
	sigemptyset(&sa.sa_mask);
	sigaddset(&sa.sa_mask, SIGINT);
	sigaddset(&sa.sa_mask, SIGTERM);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	/* A reader that went away is an error of the write, not a signal. */
	sa.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &sa, NULL);
}

void
stop_watch(struct db *db)
{
	stop_db = db;
}

int
stop_code(void)
{
	if (stop_signal == 0)
		return 0;
	return stop_signal == SIGINT ? ERR_INTERRUPT : ERR_TERMINATE;
}

int
stop_check(struct err *err)
{
	int code = stop_code();

	if (code == 0)
		return 0;
	return err_set(err, code, "stopped by %s",
	    code == ERR_INTERRUPT ? "SIGINT" : "SIGTERM");
}

int
stop_reason(struct err *err)
{
	struct err stopped = ERR_INIT;
	bool refused = err->code == ERR_STATEMENT ||
	    err->code == ERR_INTERRUPT || err->code == ERR_TERMINATE;

	if (stop_check(&stopped) != 0 && refused)
		err_move(err, &stopped);
	err_clear(&stopped);
	return err->code;
}
