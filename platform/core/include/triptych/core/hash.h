#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace triptych::core {

/// SHA-256 (FIPS 180-4) of bytes that arrive in pieces.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void update(std::span<const std::byte> bytes);
  void update(std::string_view bytes);

  /// The digest of everything given so far. The object must not be used afterwards.
  [[nodiscard]] std::array<std::uint8_t, 32> finish();
  /// The same as 64 lower-case hexadecimal digits.
  [[nodiscard]] std::string finish_hex();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

/// SHA-256 of `bytes` as 64 lower-case hexadecimal digits.
[[nodiscard]] std::string sha256_hex(std::string_view bytes);

/// SHA-256 of a file's content, read in pieces. Throws Error core.001 when it cannot be read.
[[nodiscard]] std::string sha256_file(const std::filesystem::path& path);

/// Lower-case hexadecimal digits, two per byte.
[[nodiscard]] std::string hex(std::span<const std::uint8_t> bytes);

/// A seed for one part of a run: the first 8 bytes, little-endian, of SHA-256 over the decimal
/// digits of `seed`, a zero byte and `part`. The same on every machine and in every version, so
/// that another embedding does not change the encoder's initial weights.
[[nodiscard]] std::uint64_t derive_seed(std::uint64_t seed, std::string_view part);

}  // namespace triptych::core
