/* sqlmigrate(1). */
#include "command/command.h"

int
main(int argc, char **argv)
{
	return command_dispatch(argc, argv);
}
