#pragma once

#include <set>
#include <string>

namespace triptych::report {

/// Takes out of texts what a shared page should not tell: the folders of absolute paths, the names
/// of hosts and of the user.
class Redaction {
 public:
  /// Knows the user of this process; hosts are added.
  Redaction();
  /// `name` is replaced by "(host)" from now on, where it stands as a whole word. Short names and
  /// "localhost" are left, since they tell nothing and are words of their own.
  void add_host(const std::string& name);

  /// "/home/ann/data/x.png" becomes ".../x.png". JSON pointers into a manifest stay.
  [[nodiscard]] std::string text(const std::string& text) const;
  /// Every string of a JSON text, which comes back indented; no JSON: as `text`.
  [[nodiscard]] std::string json(const std::string& json) const;
  /// Whether an environment entry of that key may be shown at all.
  [[nodiscard]] static bool may_show(const std::string& key);

 private:
  std::set<std::string> hosts_;
  std::string user_;
};

}  // namespace triptych::report
