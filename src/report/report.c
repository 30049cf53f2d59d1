/* Reports: what people and JSON have in common. */
#include "report/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "report/report_int.h"

struct reporter *
report_open(const struct report_options *o)
{
	const struct report_style *style =
	    o->json ? &report_json : &report_human;
	struct reporter *r = style->open();

	r->style = style;
	r->options = *o;
	return r;
}

void
report_event(void *reporter, const struct event *e)
{
	struct reporter *r = reporter;

	if (e->identity != NULL)
		report_identify(r, e->identity);
	r->style->event(r, e);
}

void
report_identify(struct reporter *r, const struct db_identity *id)
{
	free(r->database);
	r->database = mem_strdup(id->database);
}

void
report_error(struct reporter *r, const struct err *err)
{
	r->style->error(r, err);
}

void
report_flush(struct reporter *r)
{
	errno = EIO;
	if ((fflush(r->options.out) != 0 || ferror(r->options.out)) &&
	    r->broken == 0)
		r->broken = errno;
}

int
report_close(struct reporter *r, struct err *err)
{
	int broken;

	r->style->finish(r);
	report_flush(r);
	broken = r->broken;
	free(r->database);
	r->style->free(r);
	if (broken == 0)
		return 0;
	return err_set(err, ERR_STATEMENT,
	    "cannot write to standard output: %s", strerror(broken));
}

const char *
report_name(const struct event *e)
{
	if (e->migration != NULL)
		return e->migration->name;
	return e->name;
}

bool
report_number(const struct event *e, uint64_t *number)
{
	char digits[19] = {0};
	size_t n;

	if (e->migration != NULL) {
		*number = e->migration->number;
		return true;
	}
	if (e->name == NULL)
		return false;
	n = strspn(e->name, "0123456789");
	if (n >= sizeof(digits))
		return false;
	memcpy(digits, e->name, n);
	return text_parse_number(digits, number);
}

const char *
report_version(const struct event *e)
{
	return e->migration == NULL ? NULL : e->migration->version;
}

struct current
report_current(const struct event *e)
{
	struct current c = e->current;

	if (e->state != NULL)
		return state_current(e->state);
	if (c.version == NULL)
		c.version = "0.0.0";
	return c;
}

bool
report_progress_due(struct reporter *r, int64_t ms)
{
	int64_t now = clock_ms();

	if (r->progress_at != 0 && now - r->progress_at < ms)
		return false;
	r->progress_at = now;
	return true;
}
