/* The word that was probably meant. */
#ifndef CONFIG_SUGGEST_H
#define CONFIG_SUGGEST_H

#include <stddef.h>

/* The nearest word seen so far; start with the word that was typed. */
struct suggestion {
	const char *typed;
	size_t len;       /* of typed */
	const char *best; /* NULL where nothing is near; borrowed */
	size_t distance;
};

void suggestion_init(struct suggestion *, const char *typed, size_t len);
void suggestion_try(struct suggestion *, const char *word);

#endif
