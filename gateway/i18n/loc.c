/*
 * Which languages there are and which one a tag means.
 *
 * Platforms send `locale` in many spellings: "pt_br", "da-x-k12", "es_mx",
 * "en-US", and "$Message.locale" unexpanded (LTI Core 5.3.5). What is no tag of
 * ours falls to the language, then to the default.
 */
#include <pthread.h>
#include <string.h>
#include <unicode/uloc.h>

#include "base/str.h"
#include "loc_private.h"

/*
 * Regions a catalogue language is written in; the first of each is the plain
 * language. "en" alone formats as the United Kingdom does (3 December, 16:20).
 */
static const struct {
	const char *lang, *tag, *icu;
} region[] = {
	{ "en", "en", "en_GB@calendar=gregorian" },
	{ "en", "en-US", "en_US@calendar=gregorian" },
	{ "en", "en-CA", "en_CA@calendar=gregorian" },
	{ "es", "es", "es@calendar=gregorian" },
	{ "es", "es-MX", "es_MX@calendar=gregorian" },
	{ "es", "es-US", "es_US@calendar=gregorian" },
	{ "ar", "ar", "ar@calendar=gregorian" },
};
#define N_REGION (sizeof(region) / sizeof(region[0]))

static struct loc table[LOC_MAX];
static unsigned n_table;
static const struct loc *all[MSG_LANGS + 1];
static const struct loc *fallback;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* What ICU knows of a language; asked by the first page, not by the start. */
static char own_names[MSG_LANGS][64];
static bool rtl[MSG_LANGS];
static pthread_once_t named = PTHREAD_ONCE_INIT;

static void add(unsigned lang, const char *tag, const char *icu)
{
	struct loc *l = &table[n_table];

	assert(n_table < LOC_MAX);
	*l = (struct loc){
		.tag = tag, .icu = icu, .at = n_table, .lang = lang,
	};
	n_table++;
}

static void name_language(unsigned lang)
{
	const char *tag = msg_lang[lang].tag;
	UErrorCode e = U_ZERO_ERROR;
	struct buf b = BUF_INIT(sizeof(own_names[0]) - 1);
	UChar u[64];
	int32_t n = uloc_getDisplayLanguage(tag, tag, u, 64, &e);

	if (U_SUCCESS(e) && n <= 64)
		icu_append(&b, u, n);
	else
		buf_addz(&b, tag);
	snprintf(own_names[lang], sizeof(own_names[lang]), "%s", b.p == NULL ? tag : b.p);
	buf_release(&b);
	rtl[lang] = uloc_isRightToLeft(tag);
}

static void name_all(void)
{
	for (unsigned lang = 0; lang < MSG_LANGS; lang++)
		name_language(lang);
}

static void fill(void)
{
	for (unsigned lang = 0; lang < MSG_LANGS; lang++) {
		unsigned first = n_table;

		for (size_t i = 0; i < N_REGION; i++)
			if (str_eq(region[i].lang, msg_lang[lang].tag))
				add(lang, region[i].tag, region[i].icu);
		if (first == n_table)
			add(lang, msg_lang[lang].tag, msg_lang[lang].tag);
		all[lang] = &table[first];
	}
	__atomic_store_n(&fallback, &table[0], __ATOMIC_RELEASE);
}

static void ready(void)
{
	pthread_once(&once, fill);
}

/* "es_MX.UTF-8" → "es-mx"; stops at a private part: "da-x-k12" → "da". */
static void normalize(const char *tag, char *out, size_t room)
{
	size_t n = 0;

	for (const char *p = tag; *p != '\0' && *p != '.' && *p != '@' && n + 1 < room; p++) {
		char c = *p == '_' ? '-' : *p;

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-') {
			n = 0;
			break;
		}
		out[n++] = c;
		if (n >= 3 && out[n - 3] == '-' && c == '-') {
			n -= 3;		/* a single letter starts an extension, RFC 5646 2.2.6 */
			break;
		}
	}
	out[n] = '\0';
}

const struct loc *loc_default(void)
{
	ready();
	return __atomic_load_n(&fallback, __ATOMIC_ACQUIRE);
}

const struct loc *loc_find(const char *tag)
{
	const struct loc *best = NULL;
	char want[48];
	size_t lang;

	ready();
	if (tag == NULL)
		return loc_default();
	normalize(tag, want, sizeof(want));
	lang = strcspn(want, "-");
	for (unsigned i = 0; i < n_table; i++) {
		const char *have = table[i].tag;

		if (strcasecmp(have, want) == 0)
			return &table[i];
		if (best == NULL && span_eq(span_of(have), span_mk(want, lang)))
			best = &table[i];
	}
	return best != NULL ? best : loc_default();
}

void loc_set_default(const char *tag)
{
	__atomic_store_n(&fallback, loc_find(tag), __ATOMIC_RELEASE);
}

const struct loc *const *loc_all(void)
{
	ready();
	return all;
}

const char *loc_tag(const struct loc *l)
{
	assert(l != NULL);
	return l->tag;
}

bool loc_rtl(const struct loc *l)
{
	assert(l != NULL && l->lang < MSG_LANGS);
	pthread_once(&named, name_all);
	return rtl[l->lang];
}

const char *loc_dir(const struct loc *l)
{
	return loc_rtl(l) ? "rtl" : "ltr";
}

const char *loc_own_name(const struct loc *l)
{
	assert(l != NULL && l->lang < MSG_LANGS);
	pthread_once(&named, name_all);
	return own_names[l->lang];
}
