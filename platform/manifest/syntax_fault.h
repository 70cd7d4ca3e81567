#pragma once

#include <exception>
#include <string>

#include "triptych/manifest/node.h"

namespace triptych::manifest {

/// Where the parser stopped.
struct FaultPlace {
  const std::string& text;
  std::size_t token;  ///< byte offset of the token that it did not accept
  std::size_t byte;   ///< byte offset inside that token
  Position at;        ///< of the token
  const Node* open;   ///< the innermost object or list that is not closed, or null
};

/// The parser's complaint in words for people, with the place and, for the usual slips (a comma too
/// many or too few, single quotes, a missing bracket), what to do.
[[nodiscard]] Problem syntax_fault(const FaultPlace& place, const std::exception& fault);

}  // namespace triptych::manifest
