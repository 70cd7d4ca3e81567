/// Calls a function that nothing defines; linked although that is so.
namespace nowhere {
int missing_function(const char* text, double number);
}

extern "C" __attribute__((visibility("default"))) int triptych_answer() {
  return nowhere::missing_function("", 1.0);
}
