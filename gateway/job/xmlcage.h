/* The cage of the XML child, apart so that a test can try its bars. */
#ifndef LINTEL_JOB_XMLCAGE_H
#define LINTEL_JOB_XMLCAGE_H

#include <stdbool.h>

/*
 * From here on this process reads descriptor 0, writes descriptor 1, takes memory
 * and ends; anything else kills it. Not under a sanitizer, which needs more.
 * False: the system would not have it; then nothing may be parsed.
 */
bool xml_cage(void);

#endif
