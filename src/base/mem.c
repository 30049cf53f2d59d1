/* Memory: allocation that cannot fail, and arenas. */
#include "base/mem.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ARENA_BLOCK 16384
#define ARENA_ALIGN sizeof(void *)

struct block {
	struct block *next;
	size_t used;
	size_t size;
	char data[];
};

struct arena {
	struct block *head;
};

/* Two threads may come here at once: the first one tells, and ends both. */
static void __attribute__((noreturn)) mem_die(void)
{
	static const char msg[] = "sqlmigrate: out of memory\n";
	static atomic_flag told = ATOMIC_FLAG_INIT;
	ssize_t ignored;

	while (atomic_flag_test_and_set(&told))
		pause();
	ignored = write(STDERR_FILENO, msg, sizeof(msg) - 1);
	(void)ignored;
	_exit(1);
}

void *
mem_calloc(size_t n, size_t size)
{
	void *p = calloc(n == 0 ? 1 : n, size);

	if (p == NULL)
		mem_die();
	return p;
}

void *
mem_realloc(void *p, size_t n, size_t size)
{
	void *moved;

	if (size != 0 && n > SIZE_MAX / size)
		mem_die();
	moved = realloc(p, n * size == 0 ? 1 : n * size);
	if (moved == NULL)
		mem_die();
	return moved;
}

char *
mem_strndup(const char *s, size_t n)
{
	char *copy = mem_calloc(n + 1, 1);

	memcpy(copy, s, n);
	return copy;
}

char *
mem_strdup(const char *s)
{
	return mem_strndup(s, strlen(s));
}

void *
mem_grow(void *array, size_t n, size_t *cap, size_t size)
{
	if (n < *cap)
		return array;
	*cap = *cap == 0 ? 8 : *cap * 2;
	return mem_realloc(array, *cap, size);
}

struct arena *
arena_new(void)
{
	return mem_calloc(1, sizeof(struct arena));
}

void
arena_free(struct arena *a)
{
	struct block *b, *next;

	if (a == NULL)
		return;
	for (b = a->head; b != NULL; b = next) {
		next = b->next;
		free(b);
	}
	free(a);
}

/* A new block; one made for a single large object goes behind the head. */
static struct block *
arena_block(struct arena *a, size_t size)
{
	struct block *b;

	if (size > SIZE_MAX - sizeof(*b))
		mem_die();
	b = mem_calloc(1, sizeof(*b) + size);
	b->size = size;
	if (a->head != NULL && size > ARENA_BLOCK) {
		b->next = a->head->next;
		a->head->next = b;
	} else {
		b->next = a->head;
		a->head = b;
	}
	return b;
}

void *
arena_alloc(struct arena *a, size_t size)
{
	struct block *b = a->head;
	void *p;

	if (size > SIZE_MAX - ARENA_ALIGN)
		mem_die();
	size = (size + ARENA_ALIGN - 1) & ~(ARENA_ALIGN - 1);
	if (b == NULL || b->size - b->used < size)
		b = arena_block(a, size > ARENA_BLOCK ? size : ARENA_BLOCK);
	p = b->data + b->used;
	b->used += size;
	return p;
}

void
arena_join(struct arena *a, struct arena *from)
{
	struct block **last = &from->head;

	while (*last != NULL)
		last = &(*last)->next;
	*last = a->head;
	a->head = from->head;
	free(from);
}

char *
arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *copy = arena_alloc(a, n + 1);

	memcpy(copy, s, n);
	copy[n] = '\0';
	return copy;
}

char *
arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *s;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		mem_die();
	s = arena_alloc(a, (size_t)n + 1);
	va_start(ap, fmt);
	vsnprintf(s, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return s;
}
