#include "stamp_check.h"

#include <map>

#include "triptych/factory.h"
#include "triptych/slot_hashes.h"

namespace triptych::host {
namespace {

const char* slot_hash(const std::string& slot) {
  static const std::map<std::string, const char*> hashes = {
      {"embedding", slot_hashes::kEmbedding}, {"encoder", slot_hashes::kEncoder},
      {"prompt", slot_hashes::kPrompt},       {"fusion", slot_hashes::kFusion},
      {"head", slot_hashes::kHead},           {"task", slot_hashes::kTask},
      {"dataset", slot_hashes::kDataset},     {"balancer", slot_hashes::kBalancer}};
  const auto found = hashes.find(slot);
  return found == hashes.end() ? "" : found->second;
}

std::string text(const char* words) { return words == nullptr ? "" : words; }

// Enough of a hash to tell two apart.
std::string brief(const char* hash) {
  const auto all = text(hash);
  return all.empty() ? "none" : all.substr(0, 12);
}

std::string standard(std::int64_t cplusplus) {
  if (cplusplus >= 202300) return "C++23";
  if (cplusplus >= 202002) return "C++20";
  if (cplusplus >= 201703) return "C++17";
  return "__cplusplus " + std::to_string(cplusplus);
}

std::string pair(const std::string& what, const std::string& theirs, const std::string& ours) {
  return what + (what.empty() ? "" : " ") + theirs + " (this program: " + ours + ")";
}

std::string on_off(bool is_on) { return is_on ? "on" : "off"; }

}  // namespace

Stamp own_stamp(const std::string& slot) { return make_stamp({slot.c_str(), slot_hash(slot)}, ""); }

bool is_readable(const Stamp& stamp) {
  return stamp.magic == kStampMagic && stamp.stamp_version == kStampVersion;
}

std::vector<std::string> differences(const Stamp& plugin, const std::string& slot) {
  const auto own = own_stamp(slot);
  std::vector<std::string> all;
  if (text(plugin.torch_version) != text(own.torch_version)) {
    all.push_back(pair("torch", text(plugin.torch_version), text(own.torch_version)));
  }
  if (text(plugin.slot_hash) != text(own.slot_hash)) {
    all.push_back(pair(slot + " headers", brief(plugin.slot_hash), brief(own.slot_hash)));
  }
  if (plugin.cxx11_abi != own.cxx11_abi) {
    all.push_back(pair("_GLIBCXX_USE_CXX11_ABI", std::to_string(plugin.cxx11_abi),
                       std::to_string(own.cxx11_abi)));
  }
  if (plugin.cplusplus != own.cplusplus) {
    all.push_back(pair("", standard(plugin.cplusplus), standard(own.cplusplus)));
  }
  const std::pair<std::uint32_t, const char*> flags[] = {
      {kFlagGlibcxxDebug, "_GLIBCXX_DEBUG"},
      {kFlagAddressSanitizer, "AddressSanitizer"},
      {kFlagThreadSanitizer, "ThreadSanitizer"},
      {kFlagNdebug, "NDEBUG"}};
  for (const auto& [bit, name] : flags) {
    const bool theirs = (plugin.flags & bit) != 0;
    const bool ours = (own.flags & bit) != 0;
    if (theirs != ours) all.push_back(pair(name, on_off(theirs), on_off(ours)));
  }
  if (plugin.cuda_version != 0 && plugin.cuda_version != own.cuda_version) {
    all.push_back(pair("CUDA", std::to_string(plugin.cuda_version),
                       own.cuda_version == 0 ? "built without" : std::to_string(own.cuda_version)));
  }
  return all;
}

}  // namespace triptych::host
