#include "base/str.h"
#include "gw/cli.h"
#include "gw/xmlchild.h"
#include "lti/util.h"

int main(int argc, char **argv)
{
	lti_start();
	if (argc == 2 && str_eq(argv[1], "--xml-child"))
		return xmlchild_main();
	return cli_main(argc, argv);
}
