/*
 * base64url: what decodes, encodes to the same text again; nothing else decodes.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/b64.h"
#include "base/magic.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct span s = span_mk(data, n);
	char *raw = malloc(b64url_decoded_max(n)), *text = malloc(b64url_encoded_len(n) + 1);
	char *back;
	size_t m = 0, k;

	if (raw == NULL || text == NULL)
		abort();
	if (b64url_decode(s, raw, &m)) {
		assert(m <= b64url_decoded_max(n));
		back = malloc(b64url_encoded_len(m) + 1);
		if (back == NULL)
			abort();
		k = b64url_encode(raw, m, back);
		assert(k == n && memcmp(back, data, n) == 0);
		free(back);
	}
	k = b64url_encode(data, n, text);
	assert(k == b64url_encoded_len(n) && text[k] == '\0');
	free(raw);
	raw = malloc(b64url_decoded_max(k));
	if (raw == NULL)
		abort();
	assert(b64url_decode(span_mk(text, k), raw, &m) && m == n && memcmp(raw, data, n) == 0);
	free(raw);
	free(text);
	return 0;
}
