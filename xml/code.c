/* The names of findings, for reports. */
#include "xml/code.h"

#include "base/magic.h"

static const struct {
	const char *name, *words;
} code[XC_COUNT] = {
#define CODE(NAME, name, words) [XC_##NAME] = { name, words },
#include "xml/code.def"
#undef CODE
};

const char *xml_code_name(enum xml_code c)
{
	assert((unsigned)c < XC_COUNT);
	return code[c].name;
}

const char *xml_code_words(enum xml_code c)
{
	assert((unsigned)c < XC_COUNT);
	return code[c].words;
}

const char *roster_kind_name(enum roster_kind k)
{
	static const char *const name[RK_COUNT] = { "file", "person", "group", "member", "link" };

	assert((unsigned)k < RK_COUNT);
	return name[k];
}
