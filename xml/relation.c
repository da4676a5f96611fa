/* The closed list of relations. */
#include "xml/relation.h"

#include "base/magic.h"

static const char *const name[RELATION_COUNT] = {
#define RELATION(NAME, text) [RELATION_##NAME] = text,
#include "xml/relation.def"
#undef RELATION
};

/* The next ASCII letter of s from *i on, in lower case; 0 at the end; other bytes as they are. */
static int letter(struct span s, size_t *i)
{
	while (*i < s.n) {
		unsigned char c = (unsigned char)s.p[(*i)++];

		if (c >= 'A' && c <= 'Z')
			return c - 'A' + 'a';
		if ((c >= 'a' && c <= 'z') || c >= 0x80)
			return c;
	}
	return 0;
}

static bool same(struct span a, struct span b)
{
	size_t i = 0, k = 0;
	int x, y;

	do {
		x = letter(a, &i);
		y = letter(b, &k);
	} while (x == y && x != 0);
	return x == y;
}

uint8_t relation_parse(struct span s)
{
	size_t i = 0;

	if (letter(s, &i) == 0)
		return s.n == 0 ? RELATION_UNSAID : RELATION_COUNT;
	for (uint8_t k = RELATION_UNSAID + 1; k < RELATION_COUNT; k++)
		if (same(s, span_of(name[k])))
			return k;
	return RELATION_COUNT;
}

const char *relation_name(uint8_t code)
{
	assert(code < RELATION_COUNT);
	return name[code];
}
