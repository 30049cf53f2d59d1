/* Writes one JSON object per line. */
#include "report/json_writer.h"

#include "base/clock.h"
#include "base/text.h"

/* An error repeats at most a cut line; this leaves room for any text. */
#define JSON_LINE_MAX BUF_TEXT

/* Most readers keep numbers as doubles, which are exact up to 2^53. */
#define JSON_EXACT ((uint64_t)1 << 53)

void
json_init(struct json_writer *w)
{
	buf_init(&w->line, JSON_LINE_MAX);
}

void
json_clear(struct json_writer *w)
{
	buf_clear(&w->line);
}

static void
json_key(struct json_writer *w, const char *key)
{
	if (w->line.len > 1)
		buf_addc(&w->line, ',');
	text_json(&w->line, key);
	buf_addc(&w->line, ':');
}

void
json_begin(struct json_writer *w, const char *event)
{
	buf_reset(&w->line);
	buf_addc(&w->line, '{');
	json_text(w, "event", event);
}

void
json_text(struct json_writer *w, const char *key, const char *value)
{
	if (value == NULL) {
		json_null(w, key);
		return;
	}
	json_key(w, key);
	text_json(&w->line, value);
}

void
json_time(struct json_writer *w, const char *key, const char *stamp)
{
	struct buf b;

	if (stamp == NULL || *stamp == '\0') {
		json_null(w, key);
		return;
	}
	buf_init(&b, JSON_LINE_MAX);
	clock_add(&b, stamp, true);
	json_text(w, key, buf_str(&b));
	buf_clear(&b);
}

void
json_number(struct json_writer *w, const char *key, uint64_t value)
{
	const char *quote = value > JSON_EXACT ? "\"" : "";

	json_key(w, key);
	buf_addf(&w->line, "%s%llu%s", quote, (unsigned long long)value, quote);
}

void
json_bool(struct json_writer *w, const char *key, bool value)
{
	json_key(w, key);
	buf_adds(&w->line, value ? "true" : "false");
}

void
json_null(struct json_writer *w, const char *key)
{
	json_key(w, key);
	buf_adds(&w->line, "null");
}

void
json_end(struct json_writer *w, FILE *out)
{
	buf_adds(&w->line, "}\n");
	fwrite(w->line.data, 1, w->line.len, out);
}
