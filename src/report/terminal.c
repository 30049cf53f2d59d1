/* The terminal: whether there is one, its width, and its colours. */
#include "report/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

bool
terminal_is(FILE *f)
{
	return isatty(fileno(f)) == 1;
}

bool
terminal_has_color(FILE *f)
{
	const char *term = getenv("TERM");

	return terminal_is(f) && term != NULL && *term != '\0' &&
	    strcmp(term, "dumb") != 0;
}

unsigned
terminal_width(FILE *f)
{
	struct winsize ws;

	if (ioctl(fileno(f), TIOCGWINSZ, &ws) != 0 || ws.ws_col == 0)
		return 80;
	return ws.ws_col;
}
