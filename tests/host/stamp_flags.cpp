// Compiled with each sanitizer by the tests stamp_flags.*: nothing of it is run.
#include "triptych/stamp.h"

static_assert(triptych::stamp_flags() == EXPECTED_FLAGS);
