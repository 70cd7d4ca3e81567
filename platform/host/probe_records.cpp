#include "probe_records.h"

#include <unistd.h>

#include <cstdio>
#include <iostream>

namespace triptych::host {

std::string to_record(const std::vector<std::string>& fields) {
  std::string record;
  for (const auto& field : fields) {
    if (!record.empty()) record += kFieldEnd;
    for (const char c : field) {
      if (c != kFieldEnd && c != kRecordEnd) record += c;
    }
  }
  return record + kRecordEnd;
}

void write_record(const std::vector<std::string>& fields) {
  const auto record = to_record(fields);
  std::size_t done = 0;
  while (done < record.size()) {
    const auto written = write(kRecordDescriptor, record.data() + done, record.size() - done);
    if (written <= 0) _exit(1);  // nobody listens any more
    done += static_cast<std::size_t>(written);
  }
}

void begin_printed() {
  std::cout.flush();
  std::fflush(nullptr);
  // Nobody may be listening: then there is nothing to separate.
  [[maybe_unused]] const auto written = write(STDERR_FILENO, &kRecordEnd, 1);
}

std::string last_printed(const std::string& printed) {
  const auto begin = printed.rfind(kRecordEnd);
  return begin == std::string::npos ? printed : printed.substr(begin + 1);
}

std::vector<std::string> take_record(std::string& bytes) {
  const auto end = bytes.find(kRecordEnd);
  if (end == std::string::npos) return {};
  std::vector<std::string> fields;
  for (std::size_t begin = 0; begin <= end;) {
    const auto stop = std::min(bytes.find(kFieldEnd, begin), end);
    fields.push_back(bytes.substr(begin, stop - begin));
    begin = stop + 1;
  }
  bytes.erase(0, end + 1);
  return fields;
}

}  // namespace triptych::host
