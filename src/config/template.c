/* The configuration file as init makes it. */
#include "config/template.h"

#include <string.h>

#include "config/conf.h"
#include "config/option.h"

#define TEMPLATE_WIDTH 76

/* Words in lines that begin with "# ". */
static void
template_comment(struct buf *b, const char *text)
{
	size_t column = 1, n;

	buf_addc(b, '#');
	for (; *text != '\0'; text += n + (text[n] == ' ')) {
		n = strcspn(text, " ");
		if (column + n >= TEMPLATE_WIDTH) {
			buf_adds(b, "\n#");
			column = 1;
		}
		buf_addc(b, ' ');
		buf_add(b, text, n);
		column += n + 1;
	}
	buf_addc(b, '\n');
}

static void
template_setting(struct buf *b, const struct option_spec *o)
{
	const char *value = o->fallback;

	if (value == NULL && o->type == VALUE_REPEAT)
		value = "0";
	else if (value == NULL)
		value = o->argument == NULL ? "no" : o->argument;
	buf_addc(b, '\n');
	template_comment(b, o->help);
	buf_addf(b, "#%s = %s\n", o->name, value);
}

void
template_write(struct buf *b)
{
	enum option_id i;

	template_comment(b,
	    "Settings of sqlmigrate, each with its default; take the # away to "
	    "change one. Options and variables come before this file, and a "
	    "section, such as [live], before what stands above it: "
	    "sqlmigrate.conf(5).");
	for (i = 0; i < OPTION_COUNT; i++)
		if (conf_takes(i))
			template_setting(b, &option_table[i]);
}
