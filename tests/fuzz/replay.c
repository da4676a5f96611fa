/*
 * Replays a corpus through a fuzz target without libFuzzer: every file of the
 * folders given as it is, and then REPLAY_ROUNDS (default 300) damaged copies of
 * each, from a printed seed (REPLAY_SEED). A crash names the file and the round.
 * Fewer than ROUNDS_MIN damaged copies in all are no test unless asked for.
 *
 * `make fuzz` links the same target with libFuzzer instead.
 */
#include <dirent.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX (1u << 20)
#define ROUNDS_MIN 100u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static uint64_t seed = 20261124;
static char at[400] = "nothing yet";
static unsigned files, rounds;

static uint64_t rnd(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static void died(int sig)
{
	(void)sig;
	if (write(2, "# died at: ", 11) < 0 || write(2, at, strlen(at)) < 0 || write(2, "\n", 1) < 0)
		_exit(3);
	signal(sig, SIG_DFL);
	raise(sig);
}

/* An exact copy on the heap, so that a sanitizer sees a read past the end. */
static void run(const uint8_t *p, size_t n)
{
	uint8_t *copy = malloc(n > 0 ? n : 1);

	if (copy == NULL)
		abort();
	memcpy(copy, p, n);
	LLVMFuzzerTestOneInput(copy, n);
	free(copy);
}

static size_t damage(uint8_t *p, size_t n)
{
	static const char spice[] = "\0\r\n-&=%+:;\"\\\xff\x80<{[0";
	size_t i = n > 0 ? rnd() % n : 0, k = n > 0 ? rnd() % (n - i) + 1 : 0;

	if (n == 0)
		return 0;
	switch (rnd() % 6) {
	case 0:
		p[i] ^= (uint8_t)(1u << rnd() % 8);
		return n;
	case 1:
		p[i] = (uint8_t)spice[rnd() % (sizeof(spice) - 1)];
		return n;
	case 2:
		return i;
	case 3:
		memmove(p + i, p + i + k, n - i - k);
		return n - k;
	case 4:
		if (n + k > FILE_MAX)
			return n;
		memmove(p + i + k, p + i, n - i);
		return n + k;
	default:
		if (n + 1 > FILE_MAX)
			return n;
		memmove(p + i + 1, p + i, n - i);
		p[i] = (uint8_t)spice[rnd() % (sizeof(spice) - 1)];
		return n + 1;
	}
}

static void one_file(const char *path, unsigned n_rounds)
{
	static uint8_t orig[FILE_MAX], work[FILE_MAX];
	FILE *fp = fopen(path, "rb");
	size_t n, m;

	if (fp == NULL)
		return;
	n = fread(orig, 1, sizeof(orig), fp);
	fclose(fp);
	snprintf(at, sizeof(at), "%s", path);
	run(orig, n);
	files++;
	for (unsigned r = 0; r < n_rounds; r++) {
		snprintf(at, sizeof(at), "%s, round %u, seed %" PRIu64, path, r, seed);
		memcpy(work, orig, n);
		m = n;
		for (unsigned k = 0; k <= rnd() % 4; k++)
			m = damage(work, m);
		run(work, m);
		rounds++;
	}
}

static void folder(const char *dir, unsigned n_rounds)
{
	struct dirent **list = NULL;
	char path[300];
	int n = scandir(dir, &list, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		if (list[i]->d_name[0] != '.' &&
		    snprintf(path, sizeof(path), "%s/%s", dir, list[i]->d_name) < (int)sizeof(path))
			one_file(path, n_rounds);
		free(list[i]);
	}
	free(list);
}

int main(int argc, char **argv)
{
	const char *r = getenv("REPLAY_ROUNDS"), *s = getenv("REPLAY_SEED");
	unsigned n_rounds = r != NULL ? (unsigned)strtoul(r, NULL, 10) : 300;
	uint64_t first;
	bool few;

	if (s != NULL)
		seed = strtoull(s, NULL, 10) | 1;
	first = seed;
	printf("# seed %" PRIu64 "\n", first);
	fflush(stdout);
	signal(SIGABRT, died);
	signal(SIGSEGV, died);
	for (int i = 1; i < argc; i++)
		folder(argv[i], n_rounds);
	few = r == NULL && rounds < ROUNDS_MIN;
	printf("# slice: %u files, %u damaged copies, seed %" PRIu64 "\n", files, rounds, first);
	printf("# %u passed, %d failed\n", files, files == 0 || few);
	return files > 0 && !few ? 0 : 1;
}
