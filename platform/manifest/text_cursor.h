#pragma once

#include <memory>
#include <string>
#include <utility>

#include "triptych/manifest/node.h"

namespace triptych::manifest {

/// Walks over JSON text that is known to be well formed up to the token asked for, and says where
/// each token starts. Comments, commas and colons are skipped.
class TextCursor {
 public:
  TextCursor(const std::string& text, std::shared_ptr<const std::string> name);

  /// Place of the next bracket, text, number or word; the cursor moves behind it.
  Position next_token();
  /// Byte offset and place of the next token or stray comma or colon; the cursor stays.
  [[nodiscard]] std::pair<std::size_t, Position> peek() const;

 private:
  void skip_to_token(int separators);
  void skip_token();
  void advance();

  const std::string& text_;
  std::shared_ptr<const std::string> name_;
  std::size_t byte_ = 0;
  int line_ = 1;
  int column_ = 1;
};

/// Line and column of a byte offset.
[[nodiscard]] Position position_of(const std::string& text, std::size_t byte,
                                   std::shared_ptr<const std::string> name);

/// Throws Error manifest.005 at the first byte that is not UTF-8, and at a zero byte, which the
/// parser would take for the end. A byte order mark at the start is allowed.
void refuse_bad_utf8(const std::string& text, const std::shared_ptr<const std::string>& name);

}  // namespace triptych::manifest
