/* The runbook in short, for machines without manual pages. */
#ifndef COMMAND_RUNBOOK_H
#define COMMAND_RUNBOOK_H

struct runbook_step {
	int status;       /* the exit status; 0 ends the list */
	const char *what; /* if there is one, that section of runbook(7) */
	const char *next; /* what to do, as sentences */
};

extern const struct runbook_step runbook_steps[];

#endif
