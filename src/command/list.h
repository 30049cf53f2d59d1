/* Each command's entry, defined in the file of its name. */
#ifndef COMMAND_LIST_H
#define COMMAND_LIST_H

#include "command/command.h"

extern const struct command command_init;
extern const struct command command_new;
extern const struct command command_apply;
extern const struct command command_rollback;
extern const struct command command_status;
extern const struct command command_current;
extern const struct command command_history;
extern const struct command command_plan;
extern const struct command command_stamp;
extern const struct command command_repair;
extern const struct command command_redo;
extern const struct command command_verify;
extern const struct command command_renumber;
extern const struct command command_backup;
extern const struct command command_prove;
extern const struct command command_dump;
extern const struct command command_wait;
extern const struct command command_config;
extern const struct command command_complete;
extern const struct command command_help;

#endif
