/// A sound shared library that is no plugin.
extern "C" __attribute__((visibility("default"))) int triptych_answer() { return 42; }
