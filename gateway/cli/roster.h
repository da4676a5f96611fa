/* The parts of `lintel roster` that stand in files of their own. */
#ifndef LINTEL_CLI_ROSTER_H
#define LINTEL_CLI_ROSTER_H

int cli_roster_pull(int argc, char **argv);

#endif
