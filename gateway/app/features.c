/* The list of features that the pipeline, the jobs and the export walk. */
#include "gw/route.h"

#define FEATURE(name) extern const struct feature name##_feature;
#include "features.def"
#undef FEATURE

const struct feature *const all_features[] = {
#define FEATURE(name) &name##_feature,
#include "features.def"
#undef FEATURE
	NULL,
};
