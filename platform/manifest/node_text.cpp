#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

#include "triptych/manifest/node.h"

namespace triptych::manifest {

namespace {

void append_quoted(std::string& out, const std::string& text) {
  out += '"';
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          std::array<char, 8> escape{};
          std::snprintf(escape.data(), escape.size(), "\\u%04x", static_cast<unsigned>(c));
          out += escape.data();
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

std::string number_text(double number) {
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr;
  std::string text(buffer.data(), end);
  return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}

std::string scalar_text(const Node& node) {
  if (node.is_null()) return "null";
  if (const auto* flag = std::get_if<bool>(&node.value)) return *flag ? "true" : "false";
  if (const auto* integer = std::get_if<std::int64_t>(&node.value)) return std::to_string(*integer);
  if (const auto* number = std::get_if<double>(&node.value)) return number_text(*number);
  std::string out;
  append_quoted(out, *node.text());
  return out;
}

std::vector<const Member*> ordered(const Node& node, bool is_sorted) {
  std::vector<const Member*> members;
  for (const auto& member : node.members()) members.push_back(&member);
  if (is_sorted) {
    std::sort(members.begin(), members.end(),
              [](const Member* a, const Member* b) { return a->key < b->key; });
  }
  return members;
}

void append_member(std::string& out, const Member& member, KeyOrder order, int depth);

void append_compact(std::string& out, const Node& node, KeyOrder order, int depth) {
  if (node.is_list()) {
    out += '[';
    for (const auto& element : node.elements()) {
      if (out.back() != '[') out += ',';
      append_compact(out, element, order, depth + 1);
    }
    out += ']';
  } else if (node.is_object()) {
    out += '{';
    for (const auto* member : ordered(node, order != KeyOrder::kAsWritten)) {
      if (out.back() != '{') out += ',';
      append_quoted(out, member->key);
      out += ':';
      append_member(out, *member, order, depth);
    }
    out += '}';
  } else {
    out += scalar_text(node);
  }
}

void append_member(std::string& out, const Member& member, KeyOrder order, int depth) {
  const bool has_meaning = order == KeyOrder::kManifest && depth == 0 && member.key == "tasks";
  if (!has_meaning || !member.value.is_object()) {
    append_compact(out, member.value, order, depth + 1);
    return;
  }
  out += '{';
  for (const auto& task : member.value.members()) {
    if (out.back() != '{') out += ',';
    append_quoted(out, task.key);
    out += ':';
    append_compact(out, task.value, KeyOrder::kSorted, depth + 2);
  }
  out += '}';
}

void append_pretty(std::string& out, const Node& node, const std::string& indent) {
  const bool is_list = node.is_list();
  if (!is_list && !node.is_object()) {
    out += scalar_text(node);
    return;
  }
  const bool is_flat = is_list && std::none_of(node.elements().begin(), node.elements().end(),
                                               [](const Node& element) {
                                                 return element.is_list() || element.is_object();
                                               });
  const std::string inner = indent + "  ";
  bool is_first = true;
  const auto separate = [&] {
    if (!is_first) out += is_flat ? ", " : ",";
    if (!is_flat) out += "\n" + inner;
    is_first = false;
  };
  out += is_list ? '[' : '{';
  for (const auto& element : node.elements()) {
    separate();
    append_pretty(out, element, inner);
  }
  for (const auto& member : node.members()) {
    separate();
    append_quoted(out, member.key);
    out += ": ";
    append_pretty(out, member.value, inner);
  }
  if (!is_first && !is_flat) out += "\n" + indent;
  out += is_list ? ']' : '}';
}

}  // namespace

std::string canonical_text(const Node& node, KeyOrder order) {
  std::string out;
  append_compact(out, node, order, 0);
  return out;
}

std::string pretty_text(const Node& node) {
  std::string out;
  append_pretty(out, node, "");
  return out;
}

std::string brief_text(const Node& node, std::size_t limit) {
  auto text = canonical_text(node, KeyOrder::kAsWritten);
  if (text.size() <= limit) return text;
  std::size_t end = limit - 3;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // whole letters
  return text.substr(0, end) + "...";
}

}  // namespace triptych::manifest
