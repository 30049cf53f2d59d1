/* The configuration file as init makes it. */
#ifndef CONFIG_TEMPLATE_H
#define CONFIG_TEMPLATE_H

#include "base/buf.h"

/*
 * Append a file in which every setting stands with its help and its default,
 * as a comment.
 */
void template_write(struct buf *);

#endif
