/* The engines there are; engine.c lists those that were built in. */
#ifndef ENGINE_LIST_H
#define ENGINE_LIST_H

#include "engine/engine.h"

extern const struct engine engine_postgres;
extern const struct engine engine_sqlite;

#endif
