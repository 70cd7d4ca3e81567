#pragma once

#include <string>
#include <string_view>
#include <vector>

/// What the probe program writes on file descriptor 3: records that end with kRecordEnd, of fields
/// with kFieldEnd between. "stage", index, name: file `index` entered that stage ("load", "spec").
/// "result", index, source hash, compiler, then nothing, or the problem's code, message, expected
/// and suggestion.

namespace triptych::host {

inline constexpr char kFieldEnd = '\x1f';
inline constexpr char kRecordEnd = '\x1e';
inline constexpr int kRecordDescriptor = 3;

/// One record; the separators are taken out of the fields.
[[nodiscard]] std::string to_record(const std::vector<std::string>& fields);
/// Takes the first whole record off the front of `bytes`; empty when there is none yet.
[[nodiscard]] std::vector<std::string> take_record(std::string& bytes);

}  // namespace triptych::host
