/* Diagnostics: an error in full, with the line it is about and a caret. */
#ifndef REPORT_DIAG_H
#define REPORT_DIAG_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * Append the error as lines of text, the last one ended:
 *
 *   sqlmigrate: FILE:LINE:COLUMN: message (SQLSTATE 42701)
 *      10 | the line of the file
 *         | ^
 *   Detail: ...
 *   Hint: ...
 */
void diag_error(struct buf *, const struct err *, bool color);

/* The line that the error is in and the caret below, where they are known. */
void diag_source(struct buf *, const struct err *, bool color);

/* A text in a colour of report/terminal.h; NULL: as it is. */
void diag_colored(struct buf *, const char *text, const char *color);

/* "sqlmigrate: warning: text", the same way. */
void diag_line(struct buf *, const char *label, const char *text, bool color);

#endif
