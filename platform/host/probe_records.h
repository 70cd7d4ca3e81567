#pragma once

#include <string>
#include <string_view>
#include <vector>

/// What child processes write on file descriptor 3: records that end with kRecordEnd, of fields
/// with kFieldEnd between. The probe program: "stage", index, name: file `index` entered that stage
/// ("load", "spec"). "result", index, source hash, compiler, then nothing, or the problem's code,
/// message, expected and suggestion. The check of a contract: "stage", words; "problem", code,
/// message, file, expected, suggestion; at last "end". What a plugin prints goes another way, so
/// the probe program also writes a kRecordEnd among the printed words where a file begins.

namespace triptych::host {

inline constexpr char kFieldEnd = '\x1f';
inline constexpr char kRecordEnd = '\x1e';
inline constexpr int kRecordDescriptor = 3;

/// One record; the separators are taken out of the fields.
[[nodiscard]] std::string to_record(const std::vector<std::string>& fields);
/// Takes the first whole record off the front of `bytes`; empty when there is none yet.
[[nodiscard]] std::vector<std::string> take_record(std::string& bytes);

/// Separates what is printed from here on from what was printed before, buffered words included.
void begin_printed();
/// Of printed words those behind the last `begin_printed`.
[[nodiscard]] std::string last_printed(const std::string& printed);

/// Writes one record on kRecordDescriptor; ends the process when nobody listens any more.
void write_record(const std::vector<std::string>& fields);

}  // namespace triptych::host
