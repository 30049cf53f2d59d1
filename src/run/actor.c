/* Who runs, for the rows that a run writes. */
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "run/run_int.h"

/*
 * What no other run has.  Only a kernel of before 2014 has no getentropy(2);
 * there no two runs of one host have the same process at the same time.
 */
static uint64_t
actor_token(void)
{
	uint64_t token;

	if (getentropy(&token, sizeof(token)) != 0)
		token = (uint64_t)getpid() << 48 ^ (uint64_t)clock_ms();
	return token;
}

void
actor_make(struct run *run)
{
	const struct db_identity *id = (*run->db)->engine->identity(*run->db);
	const struct passwd *pw = getpwuid(geteuid());
	char host[256] = "";

	gethostname(host, sizeof(host) - 1);
	run->actor.host = arena_strdup(run->arena, host);
	run->actor.program = run->program;
	run->actor.applied_by = arena_printf(run->arena, "%s%s%s@%s", id->user,
	    *id->user == '\0' ? "" : "/", pw == NULL ? "?" : pw->pw_name, host);
	run->token = actor_token();
	run->nentries = 0;
}

void
actor_of_entry(struct run *run, char *out)
{
	snprintf(out, ENTRY_ACTOR_SIZE, "%.*s run %016" PRIx64 ".%" PRIu64,
	    ENTRY_ACTOR_SIZE / 2, run->actor.applied_by, run->token,
	    ++run->nentries);
}
