#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include <triptych/core/hash.h>
#include <triptych/error.h>

namespace triptych::core {
namespace {

// FIPS 180-4 examples.
TEST(Hash, OfAbcIsTheStandardsExample) {
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Hash, OfPiecesIsThatOfTheWhole) {
  Sha256 sha;
  sha.update("a");
  sha.update("bc");
  EXPECT_EQ(sha.finish_hex(), sha256_hex("abc"));
}

TEST(Hash, OfAFileIsThatOfItsContent) {
  const auto path = std::filesystem::path(testing::TempDir()) / "hash_test.bin";
  const std::string content(200'000, 'x');
  std::ofstream(path, std::ios::binary) << content;
  EXPECT_EQ(sha256_file(path), sha256_hex(content));
}

TEST(Hash, OfAMissingFileNamesIt) {
  try {
    (void)sha256_file("/nonexistent/file");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.problem().code, "core.001");
    EXPECT_THAT(error.what(), testing::HasSubstr("/nonexistent/file"));
  }
}

TEST(Hash, OfAFolderIsAnError) { EXPECT_THROW((void)sha256_file("/tmp"), Error); }

// Independent value: python3 -c 'import hashlib; print(int.from_bytes(hashlib.sha256(
//   b"7\0encoder").digest()[:8], "little"))'
TEST(Seed, FollowsItsDefinition) { EXPECT_EQ(derive_seed(7, "encoder"), 16793564513489914573ULL); }

TEST(Seed, DiffersByPartAndBySeed) {
  EXPECT_NE(derive_seed(1, "encoder"), derive_seed(1, "embedding"));
  EXPECT_NE(derive_seed(1, "encoder"), derive_seed(2, "encoder"));
  EXPECT_NE(derive_seed(1, "1x"), derive_seed(11, "x"));
}

}  // namespace
}  // namespace triptych::core
