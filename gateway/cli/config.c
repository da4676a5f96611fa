/* lintel config: the configuration in force; --check says whether `serve` would start with it. */
#include "gw/cli.h"

int cli_config(int argc, char **argv)
{
	bool check = false, keys = false;
	const struct cli_opt opt[] = {
		{ "check", CLI_FLAG, &check, NULL, "only say whether `lintel serve` would accept it" },
		{ "keys", CLI_FLAG, &keys, NULL, "explain every key" },
		{ 0 },
	};
	const struct cli_usage u = { "lintel config [--check] [--keys]",
				     "Shows the configuration in force and its source.", opt, 0, 0 };
	const struct conf_key *key;
	struct fault f = { 0 };
	struct cli_list pos;
	struct conf conf;
	unsigned n;
	int rc = cli_parse(argc, argv, &u, &pos);

	if (rc >= 0)
		return rc;
	if (conf_load(&conf, cli_conf_path, &f) != E_OK) {
		conf_release(&conf);
		return cli_fail("configuration: %s", f.text);
	}
	key = conf_keys(&n);
	rc = 0;
	if (!check)
		printf("# %s\n", conf.path != NULL ? conf.path : "no file: defaults and environment");
	for (unsigned i = 0; !check && i < n; i++) {
		char value[500];

		conf_value(&conf, i, value, sizeof(value));
		if (keys)
			printf("\n# %s\n", key[i].help);
		printf("%s = %s\n", key[i].key, value);
	}
	if (check && conf_check(&conf, &f) != E_OK)
		rc = cli_fail("configuration: %s", f.text);
	else if (check)
		puts("The configuration is fine.");
	conf_release(&conf);
	return rc;
}
