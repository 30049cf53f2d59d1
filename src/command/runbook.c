/* The runbook in short, for machines without manual pages. */
#include "command/runbook.h"

#include <stddef.h>

const struct runbook_step runbook_steps[] = {
    {1, "A migration has failed",
	"No changes of it were kept, and earlier ones stay applied. Correct "
	"the file at the line that was shown, then run sqlmigrate apply."},
    {2, "Wrong usage, configuration or directory",
	"An option, a setting or a file is wrong. sqlmigrate verify shows "
	"all that is wrong in the directory, sqlmigrate config the settings."},
    {3, "Something is pending",
	"Something is pending. sqlmigrate plan shows it, sqlmigrate apply "
	"--backup FILE applies it."},
    {4, "A file was changed after it was applied",
	"sqlmigrate verify shows each difference. Restore the file from "
	"version control; or accept it as it is with sqlmigrate repair."},
    {2, "Two branches have the same number",
	"sqlmigrate renumber --dry-run shows what would be moved, sqlmigrate "
	"renumber moves it."},
    {5, "Somebody else holds the lock",
	"The message names who. Wait, or try again for longer: sqlmigrate "
	"apply --lock-wait=10min."},
    {6, "The database cannot be reached",
	"sqlmigrate config shows the connection string and where it came "
	"from, sqlmigrate wait waits until the database answers."},
    {7, "A migration is half applied",
	"sqlmigrate status shows where it stopped. Remove the cause, then "
	"run sqlmigrate apply --resume; or undo it with sqlmigrate rollback."},
    {8, "A check found something",
	"The lines above show what a rollback leaves, or what differs. "
	"Correct the rollback file, then run sqlmigrate prove again."},
    {0, NULL, NULL},
};
