/* Parts of `lintel platform` that stand in files of their own. */
#ifndef LINTEL_CLI_PLATFORM_H
#define LINTEL_CLI_PLATFORM_H

#include "gw/cli.h"
#include "store/register.h"

int platform_invite_run(int argc, char **argv);

/* What a platform said when it registered, for `platform show`; prints nothing for NULL. */
void platform_print_registration(const struct registration *g);

#endif
