#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <variant>
#include <vector>

namespace triptych {

/// A parameter's value. The declared default in the spec fixes the type; the manifest reader
/// converts JSON to it (an integer is accepted where a number is declared, never the reverse).
/// std::monostate is JSON null and the default of a parameter that must be given.
using ParamValue =
    std::variant<std::monostate, bool, std::int64_t, double, std::string, std::vector<std::int64_t>,
                 std::vector<double>, std::vector<std::string>>;

enum class ParamType { kFlag, kInteger, kNumber, kText, kIntegers, kNumbers, kTexts };

/// "flag", "integer", "number", "text", "list of integers", "list of numbers", "list of texts".
[[nodiscard]] std::string type_name(ParamType type);

/// The value as it would stand in a manifest (JSON text).
[[nodiscard]] std::string to_text(const ParamValue& value);

/// The checked, defaulted parameters of one module. Reading marks a parameter as consumed; the
/// contract suite refuses plugins with declared parameters that nothing reads. Copies share the
/// record of what was consumed. Not safe to read from several threads at once.
class Params {
 public:
  Params() = default;
  /// `owner` stands in error messages, e.g. "fusion 'gated'".
  Params(std::string owner, std::map<std::string, ParamValue> values);

  /// Each getter throws Error("plugin.020") when the spec declares no such parameter or another
  /// type: the plugin's fault, said with the names that do exist.
  [[nodiscard]] bool flag(const std::string& name) const;
  [[nodiscard]] std::int64_t integer(const std::string& name) const;
  [[nodiscard]] double number(const std::string& name) const;
  [[nodiscard]] const std::string& text(const std::string& name) const;
  [[nodiscard]] const std::vector<std::int64_t>& integers(const std::string& name) const;
  [[nodiscard]] const std::vector<double>& numbers(const std::string& name) const;
  [[nodiscard]] const std::vector<std::string>& texts(const std::string& name) const;
  /// False where the value is null (a parameter whose default is "none given").
  [[nodiscard]] bool has(const std::string& name) const;

  [[nodiscard]] const std::string& owner() const { return owner_; }
  [[nodiscard]] const std::map<std::string, ParamValue>& values() const { return values_; }
  [[nodiscard]] const std::set<std::string>& consumed() const { return *consumed_; }
  /// A copy with one value replaced (dry runs, tests).
  [[nodiscard]] Params with(const std::string& name, ParamValue value) const;

 private:
  template <class T>
  const T& get(const std::string& name, const char* type) const;
  const ParamValue& find(const std::string& name) const;

  std::string owner_ = "module";
  std::map<std::string, ParamValue> values_;
  std::shared_ptr<std::set<std::string>> consumed_ = std::make_shared<std::set<std::string>>();
};

}  // namespace triptych
