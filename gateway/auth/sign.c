/* What leaves us signed outside a launch: deep linking answers. */
#include "base/magic.h"
#include "gw/conf.h"
#include "gw/req.h"
#include "gw/toolkeys.h"
#include "lti/ownkeys.h"

enum err toolkeys_sign(const struct gw *gw, int64_t now_ms, struct span claims_json,
		       struct buf *out, struct fault *f)
{
	struct lti_ownkey *key = NULL;
	uint8_t root[32];
	enum err err = key_file_load(gw->conf, false, root, f);

	assert(claims_json.n > 0 && now_ms > 0);
	if (err == E_OK)
		err = toolkeys_signer(gw->store, root, now_ms, &key, f);
	explicit_bzero(root, sizeof(root));
	if (err == E_OK && (err = lti_sign(key, claims_json, out)) != E_OK)
		err = FAULT(f, err, "cannot sign with the tool's own key");
	lti_ownkey_free(key);
	return err;
}
