/* The terminal: whether there is one, its width, and its colours. */
#ifndef REPORT_TERMINAL_H
#define REPORT_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

bool terminal_is(FILE *);

/* Whether a terminal on that stream can be expected to show colours. */
bool terminal_has_color(FILE *);

/* What begins a colour, and what ends it. */
#define TERMINAL_BOLD "\033[1m"
#define TERMINAL_RED "\033[1;31m"
#define TERMINAL_GREEN "\033[32m"
#define TERMINAL_YELLOW "\033[1;33m"
#define TERMINAL_CYAN "\033[36m"
#define TERMINAL_PLAIN "\033[0m"

/* The width in columns, 80 where it is not known. */
unsigned terminal_width(FILE *);

#endif
