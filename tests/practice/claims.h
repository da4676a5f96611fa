/* Names of claims and role words that both platforms share. */
#ifndef PRACTICE_CLAIMS_H
#define PRACTICE_CLAIMS_H

#include <jansson.h>

#define CLAIM "https://purl.imsglobal.org/spec/lti/claim/"
#define CLAIM_NRPS "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
#define CLAIM_AGS "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
#define LIS "http://purl.imsglobal.org/vocab/lis/v2/"

static inline void claim_str(json_t *o, const char *name, const char *value)
{
	json_object_set_new(o, name, json_string(value));
}

#endif
