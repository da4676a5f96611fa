/* The binary numeric (numeric_send) and the text format of COPY. */
#include "base/magic.h"
#include "db_pgwire.h"

int pgwire_int16(const char *p)
{
	return (int16_t)((unsigned char)p[0] << 8 | (unsigned char)p[1]);
}

/*
 * sum() of 64-bit integers is numeric: digits of base 10,000, the first of weight
 * 10,000^weight. Fractions have no place in our SQL.
 */
int64_t pgwire_numeric(const char *p)
{
	int ndigits = pgwire_int16(p), weight = pgwire_int16(p + 2), sign = pgwire_int16(p + 4);
	int64_t v = 0;
	bool over = false;

	assert(sign == 0 || sign == 0x4000);
	assert(ndigits <= weight + 1);
	for (int i = 0; i <= weight; i++) {
		int d = i < ndigits ? pgwire_int16(p + 8 + 2 * i) : 0;

		over |= __builtin_mul_overflow(v, 10000, &v);
		over |= sign == 0 ? __builtin_add_overflow(v, d, &v)
				  : __builtin_sub_overflow(v, d, &v);
	}
	assert(!over);
	return v;
}

static void copy_text(struct buf *b, struct span s)
{
	size_t from = 0;

	for (size_t i = 0; i < s.n; i++) {
		const char *esc = s.p[i] == '\\' ? "\\\\" : s.p[i] == '\n' ? "\\n" :
				  s.p[i] == '\r' ? "\\r" : s.p[i] == '\t' ? "\\t" : NULL;

		if (esc == NULL)
			continue;
		buf_add(b, s.p + from, i - from);
		buf_add(b, esc, 2);
		from = i + 1;
	}
	if (s.n > from)
		buf_add(b, s.p + from, s.n - from);
}

static void copy_bytes(struct buf *b, struct span s)
{
	buf_add(b, "\\\\x", 3);
	if (s.n > b->max / 2 || buf_room(b, 2 * s.n) != E_OK) {
		buf_fail(b, E_LIMIT);
		return;
	}
	hex_encode(s.p, s.n, b->p + b->len);
	b->len += 2 * s.n;
}

void pgwire_copy_row(struct buf *b, const struct db_val *v, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (i > 0)
			buf_addc(b, '\t');
		if (v[i].kind == 'i')
			buf_printf(b, "%lld", (long long)v[i].i);
		else if (v[i].s.p == NULL)
			buf_add(b, "\\N", 2);
		else if (v[i].kind == 't')
			copy_text(b, v[i].s);
		else
			copy_bytes(b, v[i].s);
	}
	buf_addc(b, '\n');
}
