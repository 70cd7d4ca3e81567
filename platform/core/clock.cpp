#include "triptych/core/clock.h"

#include <cstdio>
#include <ctime>

namespace triptych::core {

std::string utc(std::chrono::system_clock::time_point moment) {
  const auto since_epoch = std::chrono::floor<std::chrono::milliseconds>(moment).time_since_epoch();
  const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(since_epoch).count();
  const int milliseconds = static_cast<int>(since_epoch.count() - 1000 * seconds);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", parts.tm_year + 1900,
                parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                milliseconds);
  return text;
}

std::string utc_now() { return utc(std::chrono::system_clock::now()); }

double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace triptych::core
