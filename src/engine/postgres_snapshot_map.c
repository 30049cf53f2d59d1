/* The PostgreSQL engine's snapshot: which oid has become which object. */
#include <stdlib.h>
#include <string.h>

#include "engine/postgres_snapshot_int.h"

#define MAP_FIRST 1024 /* entries there is room for; a power of 2 */

static size_t
map_hash(struct snapshot_key k)
{
	uint64_t h = ((uint64_t)k.oid << 32 | k.class) ^
	    (uint64_t)k.sub * 0x9e3779b97f4a7c15u;

	h *= 0xff51afd7ed558ccdu;
	return (size_t)(h ^ h >> 32);
}

/* Where it is, or where it belongs; the map has room. */
static struct snapshot_entry *
map_slot(const struct snapshot_map *m, struct snapshot_key k)
{
	size_t i = map_hash(k) & (m->cap - 1);

	while (m->entries[i].key.class != 0 &&
	    memcmp(&m->entries[i].key, &k, sizeof(k)) != 0)
		i = (i + 1) & (m->cap - 1);
	return &m->entries[i];
}

static void
map_grow(struct snapshot_map *m)
{
	struct snapshot_map more = {
	    .count = m->count, .cap = m->cap == 0 ? MAP_FIRST : m->cap * 2};
	size_t i;

	more.entries = mem_calloc(more.cap, sizeof(*more.entries));
	for (i = 0; i < m->cap; i++)
		if (m->entries[i].key.class != 0)
			*map_slot(&more, m->entries[i].key) = m->entries[i];
	free(m->entries);
	*m = more;
}

struct snapshot_entry *
snapshot_find(const struct snapshot_map *m, struct snapshot_key k)
{
	struct snapshot_entry *e = m->cap == 0 ? NULL : map_slot(m, k);

	return e == NULL || e->key.class == 0 ? NULL : e;
}

struct snapshot_entry *
snapshot_put(struct snapshot_map *m, struct snapshot_key k, struct object *o,
    const char *label)
{
	struct snapshot_entry *e;

	if (m->count * 2 >= m->cap)
		map_grow(m);
	e = map_slot(m, k);
	m->count += e->key.class == 0;
	*e = (struct snapshot_entry){.key = k, .object = o, .label = label};
	return e;
}
