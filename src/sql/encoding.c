/* Statements that change the encoding in which the server takes the text. */
#include "sql/encoding.h"

#include "sql/words_int.h"

#define ENCODINGS_TAKEN "utf8|utf-8|unicode|sql_ascii|default"

/* At the name of the setting, or after it. */
static bool
encoding_at_name(struct words *w)
{
	if (!words_is_value(w, "client_encoding"))
		return false;
	words_next(w);
	return true;
}

static bool
encoding_set(struct words *w)
{
	if (!words_take(w, "session"))
		words_take(w, "local");
	if (words_take(w, "names"))
		return true;
	if (!encoding_at_name(w))
		return false;
	words_next(w); /* TO or = */
	return true;
}

static bool
encoding_configured(struct words *w)
{
	if (words_take(w, "pg_catalog"))
		words_take_mark(w, '.');
	return words_take(w, "set_config") && words_take_mark(w, '(') &&
	    encoding_at_name(w) && words_take_mark(w, ',');
}

bool
encoding_is_set(
    const struct dialect *d, const char *text, size_t len, bool *foreign)
{
	struct words w;
	bool set;

	*foreign = false;
	if (!d->follows_settings)
		return false;
	words_init(&w, d, text, len);
	if (words_take(&w, "reset"))
		return words_is(&w, "all") || encoding_at_name(&w);
	set = words_take(&w, "set")
	    ? encoding_set(&w)
	    : words_take(&w, "select") && encoding_configured(&w);
	*foreign =
	    set && !words_at_end(&w) && !words_is_value(&w, ENCODINGS_TAKEN);
	return set;
}
