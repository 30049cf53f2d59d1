/*
 * Memory: allocation that cannot fail, and arenas.
 *
 * Running out of memory ends the program here, with exit status 1 and one
 * line on standard error; no caller tests for NULL.  A killed process leaves
 * the database as a crash would: nothing half applied.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

/* Allocate n zeroed objects of the given size; release with free(3). */
void *mem_calloc(size_t n, size_t size);

/* Resize p to n objects of the given size; p may be NULL. */
void *mem_realloc(void *p, size_t n, size_t size);

/* Copy a string, or its first n bytes; release with free(3). */
char *mem_strdup(const char *s);
char *mem_strndup(const char *s, size_t n);

/*
 * Make room for one more object in a growing array: returns the array, moved
 * if need be, with *cap raised so that n < *cap.
 */
void *mem_grow(void *array, size_t n, size_t *cap, size_t size);

/*
 * An arena owns many small objects that live and die together.  Nothing in it
 * is released alone; arena_free() releases everything and accepts NULL.
 */
struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *);
void *arena_alloc(struct arena *, size_t size);

/* Hand all that the second owns to the first; the second is gone. */
void arena_join(struct arena *, struct arena *);

char *arena_strdup(struct arena *, const char *s);
char *arena_strndup(struct arena *, const char *s, size_t n);
char *arena_printf(struct arena *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
