/* The versions of a folder: each pending migration needs one of its own. */
#include "migration/folder.h"

int
folder_same_version(const struct folder *f, const struct migration *a,
    const struct migration *b, struct err *err)
{
	err_set(err, ERR_USAGE, "%s and %s have the same version, %s",
	    a->forward.path, b->forward.path, b->version);
	err_place(err, &b->forward.header.version_place);
	script_show(&b->forward, &f->at, err);
	err_hint(err,
	    "To give the pending one a version of its own, run: sqlmigrate "
	    "renumber");
	return ERR_USAGE;
}

int
folder_check_version(
    const struct folder *f, const struct migration *m, struct err *err)
{
	if (m->twin != NULL)
		return folder_same_version(f, m->twin, m, err);
	if (m->version != NULL || !f->versioned)
		return 0;
	err_set(err, ERR_USAGE,
	    "%s: no \"Version:\" header, which other "
	    "files of the folder have",
	    m->forward.path);
	err_hint(err, "Put a line -- Version: MAJOR.MINOR.PATCH at its top.");
	return ERR_USAGE;
}
