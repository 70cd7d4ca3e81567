#include "triptych/core/ids.h"

#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <stdexcept>

#include "triptych/core/hash.h"

namespace triptych::core {
namespace {

// Milliseconds and a 12-bit counter in one number that only grows (RFC 9562, section 6.2, method
// 1).
std::uint64_t next_tick() {
  static std::mutex mutex;
  static std::uint64_t last = 0;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  const std::scoped_lock lock(mutex);
  last = std::max(last + 1, static_cast<std::uint64_t>(milliseconds) << 12);
  return last;
}

}  // namespace

std::string new_run_id() {
  std::array<std::uint8_t, 16> id{};
  if (RAND_bytes(id.data() + 8, 8) != 1) throw std::runtime_error("no random numbers from OpenSSL");
  const std::uint64_t tick = next_tick();
  const std::uint64_t milliseconds = tick >> 12;
  for (int i = 0; i < 6; ++i) {
    id[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(milliseconds >> (40 - 8 * i));
  }
  id[6] = static_cast<std::uint8_t>(0x70 | ((tick >> 8) & 0x0f));  // version 7
  id[7] = static_cast<std::uint8_t>(tick);
  id[8] = static_cast<std::uint8_t>(0x80 | (id[8] & 0x3f));  // variant of RFC 9562
  std::string text = hex(id);
  for (const std::size_t dash : {8U, 13U, 18U, 23U}) text.insert(dash, "-");
  return text;
}

}  // namespace triptych::core
