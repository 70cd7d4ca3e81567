#include "triptych/train/safetensors.h"

#include <gmock/gmock.h>
#include <torch/nn.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <random>

#include <triptych/error.h>

namespace triptych::train {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class Safetensors : public testing::Test {
 protected:
  Safetensors() : folder_(fs::temp_directory_path() / ("safetensors." + std::to_string(getpid()))) {
    fs::create_directories(folder_);
  }
  ~Safetensors() override { fs::remove_all(folder_); }

  fs::path path(const std::string& name = "x.safetensors") const { return folder_ / name; }

  fs::path write(const std::string& bytes) const {
    std::ofstream(path(), std::ios::binary) << bytes;
    return path();
  }

  /// A file with this header text and so many zero bytes of data.
  fs::path write(const std::string& header, std::size_t data_bytes) const {
    std::string bytes(8, '\0');
    const std::uint64_t length = header.size();
    std::memcpy(bytes.data(), &length, 8);
    return write(bytes + header + std::string(data_bytes, '\0'));
  }

  void expect_refused(const fs::path& file, const std::string& code, const std::string& text) {
    try {
      (void)read_safetensors(file);
      ADD_FAILURE() << "was read: " << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.problem().code, code) << error.what();
      EXPECT_THAT(error.what(), HasSubstr(text));
      EXPECT_THAT(error.what(), HasSubstr(file.string()));
    }
  }

  fs::path folder_;
};

std::string slurp(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::map<std::string, at::Tensor> samples() {
  torch::manual_seed(1);
  return {{"a.weight", torch::randn({2, 3})},
          {"bool", torch::tensor({true, false, true})},
          {"empty", torch::empty({0, 4})},
          {"half", torch::randn({3}).to(torch::kHalf)},
          {"bf16", torch::randn({5}).to(torch::kBFloat16)},
          {"long", torch::tensor({int64_t{1} << 60, int64_t{-1}})},
          {"byte", torch::tensor({1, 2, 255}, torch::kByte)},
          {"scalar", torch::tensor(2.5, torch::kDouble)},
          {"strided", torch::arange(6).view({2, 3}).t()}};
}

TEST_F(Safetensors, EveryTypeComesBackBitByBit) {
  write_safetensors(path(), samples(), {{"format", "pt"}, {"note", "caf\xc3\xa9 \"q\""}});
  const TensorFile file = read_safetensors(path());
  EXPECT_EQ(file.metadata.at("note"), "caf\xc3\xa9 \"q\"");
  ASSERT_EQ(file.tensors.size(), samples().size());
  for (const auto& [name, tensor] : samples()) {
    EXPECT_EQ(file.tensors.at(name).scalar_type(), tensor.scalar_type()) << name;
    EXPECT_TRUE(torch::equal(file.tensors.at(name), tensor)) << name;
  }
}

TEST_F(Safetensors, TensorsOutliveTheFileObjectAndNeverChangeTheFile) {
  write_safetensors(path(), samples());
  at::Tensor weight = read_safetensors(path()).tensors.at("a.weight");
  const std::string before = slurp(path());
  weight.zero_();
  EXPECT_EQ(slurp(path()), before);
  EXPECT_TRUE(
      torch::equal(read_safetensors(path()).tensors.at("a.weight"), samples().at("a.weight")));
}

TEST_F(Safetensors, SameTensorsGiveTheSameBytes) {
  write_safetensors(path("1"), samples());
  write_safetensors(path("2"), samples());
  EXPECT_EQ(slurp(path("1")), slurp(path("2")));
}

TEST_F(Safetensors, LayoutIsTheFormatByHand) {
  // One float 1.5 = 0x3fc00000 and one byte 7: the float first, since it is wider.
  write_safetensors(path(),
                    {{"a", torch::tensor({7}, torch::kByte)}, {"b", torch::tensor({1.5f})}});
  const std::string bytes = slurp(path());
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), 8);
  EXPECT_EQ((length + 8) % 64, 0u);
  EXPECT_THAT(bytes.substr(8, length),
              HasSubstr(R"("b":{"data_offsets":[0,4],"dtype":"F32","shape":[1]})"));
  EXPECT_EQ(bytes.substr(8 + length), std::string("\x00\x00\xc0\x3f\x07", 5));
}

TEST_F(Safetensors, UnalignedDataOfOtherWritersIsRead) {
  const std::string header = R"({"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";
  std::string bytes(8, '\0');
  const std::uint64_t length = header.size() + 1;  // 8 + 55 is odd
  std::memcpy(bytes.data(), &length, 8);
  const fs::path file = write(bytes + header + " " + std::string("\x00\x00\xc0\x3f", 4));
  EXPECT_EQ(read_safetensors(file).tensors.at("x").item<float>(), 1.5f);
}

TEST_F(Safetensors, FailedWriteLeavesTheOldFile) {
  write_safetensors(path(), samples());
  const std::string before = slurp(path());
  EXPECT_THROW(write_safetensors(path(), {{"x", at::Tensor()}}), Error);
  EXPECT_THROW(write_safetensors(path(), {{"x", torch::zeros({1}, torch::kComplexFloat)}}), Error);
  EXPECT_THROW(write_safetensors(path(), {{"bad \xff name", torch::zeros({1})}}), Error);
  EXPECT_THROW(write_safetensors(path("missing/x"), samples()), Error);
  EXPECT_EQ(slurp(path()), before);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1);  // no temporary file is left
}

TEST_F(Safetensors, TensorsThatTheFormatDoesNotHaveAreRefusedAndNothingIsWritten) {
  const std::vector<std::map<std::string, at::Tensor>> refused = {
      {{"wave", at::zeros({2}, at::kComplexFloat)}},
      {{"undefined", at::Tensor()}},
      {{"sparse", at::zeros({2, 2}).to_sparse()}},
      {{"__metadata__", at::zeros({1})}},
      {{"\xff", at::zeros({1})}}};
  for (const auto& tensors : refused) {
    try {
      write_safetensors(path(), tensors, {});
      FAIL() << tensors.begin()->first;
    } catch (const Error& error) {
      EXPECT_EQ(error.problem().code, "train.004");
      EXPECT_THAT(error.what(), HasSubstr(path().string()));
    }
    EXPECT_FALSE(fs::exists(path()));
  }
}

TEST_F(Safetensors, FilesThatAreNoneAreRefused) {
  expect_refused(path("absent"), "train.001", "cannot be read");
  expect_refused(folder_, "train.001", "folder");
  expect_refused(write(""), "train.002", "shorter");
  expect_refused(write("abc"), "train.002", "shorter");
  expect_refused(write(std::string(8, '\xff')), "train.002", "shorter");
  expect_refused(write("hello world, this is no tensor file"), "train.002", "shorter");
  expect_refused(write("not json", 0), "train.002", "not a JSON object");
  expect_refused(write("{\"a\": ", 0), "train.002", "not JSON");
  expect_refused(write("[1, 2]", 0), "train.002", "not a JSON object");
  expect_refused(write(R"({"__metadata__": {"a": 1}})", 0), "train.002", "more than texts");
  expect_refused(write("{}", 5), "train.002", "belong to no tensor");
}

TEST_F(Safetensors, HeaderNestedTooDeepIsRefused) {
  std::string deep = "{\"a\":";
  for (int i = 0; i < 200000; ++i) deep += '[';
  expect_refused(write(deep, 0), "train.002", "too deep");
}

TEST_F(Safetensors, KeysThatStandTwiceAreRefused) {
  const std::string entry = R"("a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]})";
  expect_refused(write("{" + entry + "," + entry + "}", 1), "train.002", "stands twice");
}

TEST_F(Safetensors, EveryNumberIsChecked) {
  const auto entry = [](const std::string& dtype, const std::string& shape,
                        const std::string& offsets) {
    return R"({"w":{"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" +
           offsets + "}}";
  };
  ASSERT_NO_THROW((void)read_safetensors(write(entry("F32", "[2,1]", "[0,8]"), 8)));
  for (const auto& [header, text] : std::vector<std::pair<std::string, std::string>>{
           {entry("F33", "[2]", "[0,8]"), "unknown dtype"},
           {entry("F32", "[-2]", "[0,8]"), "shape"},
           {entry("F32", "[2.0]", "[0,8]"), "shape"},
           {entry("F32", "[1e400]", "[0,8]"), "not JSON"},
           {entry("F32", "[NaN]", "[0,8]"), "not JSON"},
           {entry("F32", "[\"2\"]", "[0,8]"), "shape"},
           {entry("F32", "2", "[0,8]"), "not described"},
           {entry("F32", "[4294967296,4294967296]", "[0,8]"), "huge"},
           {entry("F32", "[18446744073709551615]", "[0,8]"), "faulty number"},
           {entry("F32", "[3]", "[0,8]"), "8 bytes where"},
           {entry("F32", "[2]", "[8,0]"), "outside"},
           {entry("F32", "[2]", "[0,9]"), "outside"},
           {entry("F32", "[2]", "[0,18446744073709551615]"), "faulty number"},
           {entry("F32", "[2]", "[0]"), "not described"},
           {entry("F32", "[2]", "[0,8],\"more\":1"), "not described"},
           {entry("F32", "[1]", "[4,8]"), "hole"},
           {R"({"w":[1]})", "not described"}}) {
    try {
      (void)read_safetensors(write(header, 8));
      ADD_FAILURE() << header;
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), HasSubstr(text)) << header;
    }
  }
}

TEST_F(Safetensors, OverlapIsRefused) {
  expect_refused(write(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},)"
                       R"("b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}})",
                       6),
                 "train.003", "overlaps");
}

TEST_F(Safetensors, TruncatedAtEveryPlaceItIsRefused) {
  write_safetensors(path("whole"),
                    {{"a", torch::ones({3})}, {"b", torch::ones({2}, torch::kByte)}});
  const std::string whole = slurp(path("whole"));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_THROW((void)read_safetensors(write(whole.substr(0, size))), Error) << size;
  }
}

TEST_F(Safetensors, DamagedBytesGiveAnErrorOrTensorsButNeverACrash) {
  write_safetensors(path("whole"), samples(), {{"step", "3"}});
  const std::string whole = slurp(path("whole"));
  std::mt19937_64 random(20260101);
  int refused = 0;
  int read = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string bytes = whole;
    const std::size_t flips = 1 + random() % 4;
    for (std::size_t i = 0; i < flips; ++i) {
      bytes[random() % std::min<std::size_t>(bytes.size(), 700)] = static_cast<char>(random());
    }
    if (random() % 5 == 0) bytes.resize(random() % bytes.size());
    try {
      for (const auto& [name, tensor] : read_safetensors(write(bytes)).tensors) {
        (void)tensor.to(torch::kDouble).sum().item<double>();  // touches every byte
      }
      ++read;
    } catch (const Error&) {
      ++refused;
    }
  }
  EXPECT_EQ(read + refused, 3000);
  EXPECT_GT(refused, 1000);
}

}  // namespace
}  // namespace triptych::train
