/*
 * Host tool: turns files into C tables.
 *
 *   embedc static OUT.c FILES...       struct static_file static_files[]
 *   embedc migrations OUT.c FILES...   struct migration migrations[]
 *
 * The list may be empty. Needs no library, so that it builds before anything else.
 */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/magic.h"
#include "base/str.h"

#define FILE_MAX_BYTES (16u << 20)

struct file {
	const char *path, *name;
	unsigned char *p;
	size_t n;
	char hash[65];
};

__attribute__((noreturn, format(printf, 2, 3)))
static void die(const char *path, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "embedc: %s: ", path);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(1);
}

/* ---- SHA-256, FIPS 180-4 6.2 ---- */

static uint32_t ror(uint32_t x, unsigned n)
{
	return x >> n | x << (32 - n);
}

/* The first 32 bits of the fractional part of the root of the prime, 4.2.2. */
static void constants(uint32_t *k)
{
	unsigned have = 0;

	for (unsigned p = 2; have < 64; p++) {
		bool prime = true;
		long double x = 2;

		for (unsigned d = 2; d * d <= p; d++)
			prime = prime && p % d != 0;
		if (!prime)
			continue;
		for (int i = 0; i < 40; i++)	/* Newton's cube root */
			x = (2 * x + (long double)p / (x * x)) / 3;
		assert(x > 0);
		k[have++] = (uint32_t)((x - (long double)(uint32_t)x) * 4294967296.0L);
	}
}

static void block(uint32_t h[8], const uint32_t k[64], const unsigned char *p)
{
	uint32_t w[64], v[8];

	for (unsigned i = 0; i < 16; i++)
		w[i] = (uint32_t)p[4 * i] << 24 | (uint32_t)p[4 * i + 1] << 16 |
		       (uint32_t)p[4 * i + 2] << 8 | p[4 * i + 3];
	for (unsigned i = 16; i < 64; i++) {
		uint32_t a = w[i - 15], b = w[i - 2];

		w[i] = w[i - 16] + (ror(a, 7) ^ ror(a, 18) ^ a >> 3) + w[i - 7] +
		       (ror(b, 17) ^ ror(b, 19) ^ b >> 10);
	}
	memcpy(v, h, sizeof(v));
	for (unsigned i = 0; i < 64; i++) {
		uint32_t t1 = v[7] + (ror(v[4], 6) ^ ror(v[4], 11) ^ ror(v[4], 25)) +
			      ((v[4] & v[5]) ^ (~v[4] & v[6])) + k[i] + w[i];
		uint32_t t2 = (ror(v[0], 2) ^ ror(v[0], 13) ^ ror(v[0], 22)) +
			      ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));

		memmove(v + 1, v, 7 * sizeof(v[0]));
		v[4] += t1;
		v[0] = t1 + t2;
	}
	for (unsigned i = 0; i < 8; i++)
		h[i] += v[i];
}

static void sha256_hex(const unsigned char *p, size_t n, char *out)
{
	uint32_t h[8] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
			  0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };
	unsigned char tail[128] = { 0 }, sum[32];
	uint32_t k[64];
	size_t full = n / 64 * 64, rest = n - full, len;

	assert(rest < 64);
	constants(k);
	for (size_t i = 0; i < full; i += 64)
		block(h, k, p + i);
	if (rest > 0)
		memcpy(tail, p + full, rest);
	tail[rest] = 0x80;
	len = rest < 56 ? 64 : 128;
	for (unsigned i = 0; i < 8; i++)
		tail[len - 1 - i] = (unsigned char)((uint64_t)n * 8 >> 8 * i);
	for (size_t i = 0; i < len; i += 64)
		block(h, k, tail + i);
	for (unsigned i = 0; i < 32; i++)
		sum[i] = (unsigned char)(h[i / 4] >> (24 - 8 * (i % 4)));
	hex_encode(sum, sizeof(sum), out);
}

/* ---- files ---- */

static void load(struct file *f, const char *path)
{
	FILE *in = fopen(path, "rb");
	const char *slash = strrchr(path, '/');

	if (in == NULL)
		die(path, "%s", strerror(errno));
	f->path = path;
	f->name = slash == NULL ? path : slash + 1;
	f->p = malloc(FILE_MAX_BYTES + 1);
	if (f->p == NULL)
		die(path, "out of memory");
	f->n = fread(f->p, 1, FILE_MAX_BYTES + 1, in);
	if (ferror(in) || f->n > FILE_MAX_BYTES)
		die(path, "cannot be read, or larger than %u bytes", FILE_MAX_BYTES);
	fclose(in);
	f->p[f->n] = '\0';
	sha256_hex(f->p, f->n, f->hash);
}

static int by_name(const void *a, const void *b)
{
	const struct file *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static const char *type_of(const char *name)
{
	static const char *const type[][2] = {
		{ ".css", "text/css; charset=utf-8" },
		{ ".js", "text/javascript; charset=utf-8" },
		{ ".mjs", "text/javascript; charset=utf-8" },
		{ ".json", "application/json" },
		{ ".svg", "image/svg+xml" },
		{ ".png", "image/png" },
		{ ".ico", "image/x-icon" },
		{ ".woff2", "font/woff2" },
		{ ".txt", "text/plain; charset=utf-8" },
		{ ".html", "text/html; charset=utf-8" },
		{ ".webmanifest", "application/manifest+json" },
	};
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; dot != NULL && i < ARRAY_LEN(type); i++)
		if (strcmp(dot, type[i][0]) == 0)
			return type[i][1];
	die(name, "embedc knows no content type for this ending");
}

static void write_static(FILE *out, const struct file *f, size_t n)
{
	fputs("#include \"gw/static.h\"\n\n", out);
	for (size_t i = 0; i < n; i++) {
		fprintf(out, "static const unsigned char file_%zu[] = {", i);
		for (size_t j = 0; j < f[i].n; j++)
			fprintf(out, "%s%u,", j % 24 == 0 ? "\n" : "", f[i].p[j]);
		fputs(f[i].n == 0 ? "0 };\n" : "\n};\n", out);
	}
	fputs("\nconst struct static_file static_files[] = {\n", out);
	for (size_t i = 0; i < n; i++)
		fprintf(out, "\t{ \"%s\", \"%s\", file_%zu, %zu,\n\t  \"%s\" },\n", f[i].name,
			type_of(f[i].name), i, f[i].n, f[i].hash);
	fputs("\t{ NULL, NULL, NULL, 0, NULL },\n};\n", out);
}

/* Octal escapes are at most three digits long: no following digit joins in. */
static void write_string(FILE *out, const struct file *f)
{
	fputs("\t  \"", out);
	for (size_t i = 0; i < f->n; i++) {
		unsigned char c = f->p[i];

		if (c == '\n')
			fputs(i + 1 < f->n ? "\\n\"\n\t  \"" : "\\n", out);
		else if (c < 0x20 || c >= 0x7f || c == '"' || c == '\\' || c == '?')
			fprintf(out, "\\%03o", c);
		else
			fputc(c, out);
	}
	fputs("\",\n", out);
}

/* "0012-praise.sql" → 12; the number must follow the one before. */
static void check_migration(const struct file *f, size_t i)
{
	char *end = NULL;
	long number = strtol(f->name, &end, 10);

	if (end != f->name + 4 || *end != '-' || !isdigit((unsigned char)f->name[0]))
		die(f->path, "a migration is called NNNN-name.sql");
	if (number != (long)i + 1)
		die(f->path, "numbers run from 0001 without gaps or doubles; %04zu is due", i + 1);
	if (memchr(f->p, '\0', f->n) != NULL)
		die(f->path, "holds a NUL byte");
	if (!utf8_valid(span_mk(f->p, f->n)))
		die(f->path, "is not UTF-8");
}

static void write_migrations(FILE *out, const struct file *f, size_t n)
{
	fputs("#include \"../gateway/store/migrate.h\"\n\n", out);
	fputs("const struct migration migrations[] = {\n", out);
	for (size_t i = 0; i < n; i++) {
		check_migration(&f[i], i);
		fprintf(out, "\t{ %zu, \"%.*s\",\n", i + 1, (int)strcspn(f[i].name + 5, "."),
			f[i].name + 5);
		write_string(out, &f[i]);
		fprintf(out, "\t  \"%s\" },\n", f[i].hash);
	}
	fputs("\t{ 0, NULL, NULL, NULL },\n};\n", out);
}

int main(int argc, char **argv)
{
	struct file *f;
	size_t n;
	FILE *out;

	if (argc < 3 || (!str_eq(argv[1], "static") && !str_eq(argv[1], "migrations"))) {
		fputs("usage: embedc static|migrations OUT.c FILES...\n", stderr);
		return 2;
	}
	n = (size_t)argc - 3;
	f = calloc(n + 1, sizeof(*f));
	if (f == NULL)
		die(argv[2], "out of memory");
	for (size_t i = 0; i < n; i++)
		load(&f[i], argv[i + 3]);
	qsort(f, n, sizeof(*f), by_name);
	out = fopen(argv[2], "w");
	if (out == NULL)
		die(argv[2], "%s", strerror(errno));
	fprintf(out, "/* Made by gateway/tools/embedc; do not edit. */\n");
	if (str_eq(argv[1], "static"))
		write_static(out, f, n);
	else
		write_migrations(out, f, n);
	if (fclose(out) != 0)
		die(argv[2], "%s", strerror(errno));
	for (size_t i = 0; i < n; i++)
		free(f[i].p);
	free(f);
	return 0;
}
