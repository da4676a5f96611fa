/*
 * For test programs that start the XML child: it is this very program again, so
 * "--xml-child" has to be heard before main() of the harness.
 */
#ifndef LINTEL_TESTS_CHILD_H
#define LINTEL_TESTS_CHILD_H

#include <string.h>

#include "gw/xmlchild.h"

__attribute__((constructor(101)))
static void t_child(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "--xml-child") == 0)
		_Exit(xmlchild_main());
}

#endif
