#include "encode.h"

#include <openssl/evp.h>
#include <zlib.h>

#include <array>
#include <stdexcept>

#include <triptych/error.h>

namespace triptych::report {
namespace {

constexpr int kRawWindow = -15;  // negative: raw, no zlib header; 15: the largest window
constexpr std::size_t kMostBytes = std::size_t{1} << 30;  // a page is never near it

[[noreturn]] void refuse(const std::string& message) {
  throw Error("report.004", "page", message, "Write the page again with `triptych report`.");
}

Bytef* input_of(std::string_view bytes) {  // zlib reads only, but its type is not const
  return reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
}

}  // namespace

std::string deflate_raw(std::string_view bytes) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, kRawWindow, 9, Z_DEFAULT_STRATEGY) !=
      Z_OK) {
    throw std::runtime_error("zlib cannot be started");
  }
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = input_of(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int status = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (status != Z_STREAM_END) throw std::runtime_error("zlib did not finish");
  return out;
}

std::string inflate_raw(std::string_view bytes) {
  z_stream stream{};
  if (inflateInit2(&stream, kRawWindow) != Z_OK) throw std::runtime_error("zlib cannot be started");
  stream.next_in = input_of(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string out;
  std::array<char, 1 << 16> piece{};
  int status = Z_OK;
  while (status == Z_OK && out.size() < kMostBytes) {
    stream.next_out = reinterpret_cast<Bytef*>(piece.data());
    stream.avail_out = piece.size();
    status = inflate(&stream, Z_NO_FLUSH);
    out.append(piece.data(), piece.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  if (status != Z_STREAM_END) refuse("its data is damaged: not a deflate stream");
  return out;
}

std::string to_base64(std::string_view bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');  // one more for OpenSSL's final zero
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                     reinterpret_cast<const unsigned char*>(bytes.data()),
                                     static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(length));
  return out;
}

std::string from_base64(std::string_view text) {
  std::string out(3 * (text.size() / 4) + 1, '\0');
  const int length = text.size() % 4 != 0
                         ? -1
                         : EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                           reinterpret_cast<const unsigned char*>(text.data()),
                                           static_cast<int>(text.size()));
  if (length < 0) refuse("its data is damaged: not base64");
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  out.resize(static_cast<std::size_t>(length) - padding);
  return out;
}

std::string html_text(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    // U+200E, U+200F, U+202A to U+202E and U+2066 to U+2069 in UTF-8.
    const auto sequence = text.substr(i, 3);
    const bool is_mark = sequence >= "\xe2\x80\x8e" && sequence <= "\xe2\x80\x8f";
    const bool is_embedding = sequence >= "\xe2\x80\xaa" && sequence <= "\xe2\x80\xae";
    const bool is_isolate = sequence >= "\xe2\x81\xa6" && sequence <= "\xe2\x81\xa9";
    if (sequence.size() == 3 && (is_mark || is_embedding || is_isolate)) {
      i += 2;
      continue;
    }
    switch (byte) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += byte < 0x20 || byte == 0x7f ? ' ' : text[i];
    }
  }
  return out;
}

}  // namespace triptych::report
