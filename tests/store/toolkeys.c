/* The tool's own keys: made once, sealed in the database, opened to sign. */
#include "gw/toolkeys.h"

#include "base/buf.h"
#include "kit/db.h"
#include "lti/ownkeys.h"
#include "t.h"

#define NOW 1700000000000LL

TEST(the_key_that_was_made_is_the_key_that_signs)
{
	struct store *st = test_store();
	const uint8_t root[32] = { 7 }, other[32] = { 8 };
	struct lti_ownkey *k = NULL, *again = NULL;
	struct buf jws = BUF_INIT(4096);
	struct fault f = { 0 };

	NEED(store_migrate(st, &f) == E_OK);
	CHECK_INT(toolkeys_signer(st, root, NOW, &k, &f), E_MISSING);
	fault_clear(&f);
	NEED(toolkeys_ensure(st, root, NOW, &f) == E_OK);
	CHECK_INT(toolkeys_ensure(st, root, NOW + 1, &f), E_OK);
	CHECK_INT(test_count(st, "SELECT COUNT(*) FROM tool_key"), 1);
	/* its time has not come */
	CHECK_INT(toolkeys_signer(st, root, NOW - 1, &k, &f), E_MISSING);
	fault_clear(&f);
	NEED(toolkeys_signer(st, root, NOW, &k, &f) == E_OK);
	NEED(toolkeys_signer(st, root, NOW + 5, &again, &f) == E_OK);
	CHECK_STR(lti_ownkey_kid(k), lti_ownkey_kid(again));
	CHECK_INT(lti_ownkey_alg(k), LTI_ALG_RS256);
	CHECK_INT(lti_sign(k, SPAN("{\"iss\":\"a\"}"), &jws), E_OK);
	lti_ownkey_free(again);
	/* another key file opens nothing */
	CHECK(toolkeys_signer(st, other, NOW, &again, &f) != E_OK && again == NULL);
	lti_ownkey_free(k);
	buf_release(&jws);
	store_close(st);
}
