/* What only jose_*.c share: OpenSSL's own types. */
#ifndef LINTEL_LTI_JOSE_MD_H
#define LINTEL_LTI_JOSE_MD_H

#include <openssl/evp.h>
#include <pthread.h>

const EVP_MD *jose_md(void);	/* SHA-256, fetched once; NULL if OpenSSL has none */

#endif
