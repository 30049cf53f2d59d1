/* The terminal: whether there is one, its width, and its colours. */
#ifndef REPORT_TERMINAL_H
#define REPORT_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

bool terminal_is(FILE *);

/* Whether a terminal on that stream can be expected to show colours. */
bool terminal_has_color(FILE *);

/* The width in columns, 80 where it is not known. */
unsigned terminal_width(FILE *);

#endif
