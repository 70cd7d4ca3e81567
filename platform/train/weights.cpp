#include "triptych/train/weights.h"

#include <set>
#include <sstream>

#include <triptych/error.h>

#include "triptych/train/checkpoint.h"
#include "triptych/train/safetensors.h"

namespace triptych::train {
namespace {

std::string shape_text(const at::Tensor& tensor) {
  std::ostringstream text;
  text << tensor.sizes();
  return text.str();
}

void list(std::string& text, const char* what, const std::vector<std::string>& names) {
  constexpr std::size_t kMost = 10;
  if (names.empty()) return;
  if (!text.empty()) text += "; ";
  text += std::to_string(names.size()) + " " + what + ": " +
          join({names.begin(),
                names.begin() + static_cast<std::ptrdiff_t>(std::min(kMost, names.size()))});
  if (names.size() > kMost) text += ", ...";
}

}  // namespace

std::map<std::string, at::Tensor> state_of(const torch::nn::Module& module) {
  std::map<std::string, at::Tensor> state;
  for (const auto& item : module.named_parameters()) state.emplace(item.key(), item.value());
  for (const auto& item : module.named_buffers()) state.emplace(item.key(), item.value());
  return state;
}

std::string LoadReport::text() const {
  std::string text;
  list(text, "missing", missing);
  list(text, "unexpected", unexpected);
  list(text, "of another shape", misshaped);
  return text;
}

LoadReport load_state(torch::nn::Module& module, const std::map<std::string, at::Tensor>& tensors,
                      const std::string& origin, bool is_partial) {
  LoadReport report;
  const auto own = state_of(module);
  std::vector<std::pair<at::Tensor, at::Tensor>> fitting;
  for (const auto& [name, tensor] : own) {
    const auto found = tensors.find(name);
    if (found == tensors.end()) {
      report.missing.push_back(name);
    } else if (found->second.sizes() != tensor.sizes()) {
      report.misshaped.push_back(name + " " + shape_text(found->second) + " instead of " +
                                 shape_text(tensor));
    } else {
      fitting.emplace_back(tensor, found->second);
    }
  }
  for (const auto& [name, tensor] : tensors) {
    if (!own.contains(name)) report.unexpected.push_back(name);
  }
  report.loaded = fitting.size();
  if ((!is_partial && !report.is_complete()) || (fitting.empty() && !own.empty())) {
    throw Error("train.020", origin, "does not fit this model: " + report.text(),
                is_partial
                    ? "No name fits; check that it is a file for this architecture."
                    : "Use weights of the same architecture, rename, or write {\"from\": ..., "
                      "\"partial\": true} in recipe.init_from.");
  }
  const at::NoGradGuard no_grad;
  for (auto& [to, from] : fitting) to.copy_(from);
  return report;
}

namespace {

bool begins_with(const std::string& name, const std::string& beginning) {
  return beginning.empty() || name == beginning || name.starts_with(beginning + ".");
}

// The name with its first `length` characters replaced.
std::string with_beginning(const std::string& name, std::size_t length, const std::string& after) {
  auto rest = name.substr(length);
  if (rest.starts_with('.')) rest.erase(0, 1);
  return after.empty() || rest.empty() ? after + rest : after + "." + rest;
}

}  // namespace

std::map<std::string, at::Tensor> renamed(std::map<std::string, at::Tensor> tensors,
                                          const std::map<std::string, std::string>& rename,
                                          const std::string& origin) {
  if (rename.empty()) return tensors;
  std::map<std::string, at::Tensor> made;
  std::set<std::string> used;
  for (const auto& [name, tensor] : tensors) {
    const std::pair<const std::string, std::string>* longest = nullptr;
    for (const auto& rule : rename) {
      const bool is_longer = longest == nullptr || rule.first.size() > longest->first.size();
      if (is_longer && begins_with(name, rule.first)) longest = &rule;
    }
    auto now = name;
    if (longest != nullptr) {
      now = with_beginning(name, longest->first.size(), longest->second);
      used.insert(longest->first);
    }
    if (!made.emplace(now, tensor).second) {
      throw Error("train.022", origin, "two tensors get the name " + now + ", one was " + name,
                  "Correct recipe.init_from.rename.");
    }
  }
  for (const auto& [before, after] : rename) {
    if (used.contains(before)) continue;
    throw Error("train.022", origin, "no tensor's name begins with \"" + before + "\"",
                "Correct recipe.init_from.rename; triptych weights inspect shows the names.");
  }
  return made;
}

std::map<std::string, at::Tensor> read_weights(const std::filesystem::path& file) {
  TensorFile read = read_safetensors(file);
  const auto format = read.metadata.find("format");
  if (format != read.metadata.end() && format->second.starts_with("triptych checkpoint")) {
    return under(read.tensors, "model/");
  }
  return std::move(read.tensors);
}

}  // namespace triptych::train
