/// Hostile: writes to address 0 in a static initialiser.
namespace {

struct Crasher {
  Crasher() {
    volatile int* volatile nowhere = nullptr;
    *nowhere = 1;
  }
};
const Crasher crasher;

}  // namespace
