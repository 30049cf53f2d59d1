/* Inside check/: the indents of a dump, each besides the one before. */
#ifndef CHECK_SNAPSHOT_INT_H
#define CHECK_SNAPSHOT_INT_H

#include "check/snapshot.h"

#define SNAPSHOT_PART "  "    /* of what is a part of something */
#define SNAPSHOT_FIELD "    " /* of a field */
#define SNAPSHOT_VALUE "    " /* of a value that has lines of its own */

#endif
