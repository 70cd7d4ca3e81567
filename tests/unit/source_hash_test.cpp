#include "source_hash.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace fs = std::filesystem;

namespace triptych::source_hash {
namespace {

TEST(Stripped, ACommentIsNothing) {
  EXPECT_EQ(stripped("int a; // one\nint b; /* two\n three */ int c;"),
            stripped("int a; int b; int c;"));
}

TEST(Stripped, ALineCommentGoesOnAfterABackslash) {
  EXPECT_EQ(stripped("int a; // one \\\n still the comment\nint b;"), stripped("int a; int b;"));
}

TEST(Stripped, WhiteSpaceIsNothing) {
  EXPECT_EQ(stripped("int  f( int a ,int b ) {\n\treturn a+b ;\r\n}\n"),
            stripped("int f(int a, int b) { return a + b; }"));
}

TEST(Stripped, WhiteSpaceThatSeparatesTokensStays) {
  EXPECT_NE(stripped("a + + b"), stripped("a ++ b"));
  EXPECT_NE(stripped("unsigned int"), stripped("unsignedint"));
  EXPECT_NE(stripped("a < :: b"), stripped("a <:: b"));
  EXPECT_NE(stripped("x = \"a\" _s"), stripped("x = \"a\"_s"));
  EXPECT_NE(stripped("a / *b"), stripped("a /*b"));
}

TEST(Stripped, ACommentSeparatesTokens) {
  EXPECT_EQ(stripped("unsigned/**/int"), stripped("unsigned int"));
}

TEST(Stripped, AStringIsKeptAsItIs) {
  EXPECT_EQ(stripped("f(\"http://x  /* y */\");"), "f(\"http://x  /* y */\");");
  EXPECT_EQ(stripped("f(\"a\\\"//b\"); // c"), "f(\"a\\\"//b\");");
  EXPECT_NE(stripped("f(\"a b\")"), stripped("f(\"a  b\")"));
}

TEST(Stripped, ACharacterLiteralIsKeptAsItIs) {
  EXPECT_EQ(stripped("f('\"', '/', L'\\'', u8'\"'); // c"), "f('\"','/',L'\\'',u8'\"');");
}

TEST(Stripped, ARawStringIsKeptAsItIs) {
  EXPECT_EQ(stripped("f(R\"x(a \" // )\" b)x\"); // c"), "f(R\"x(a \" // )\" b)x\");");
  EXPECT_EQ(stripped("f(u8R\"(//  \n)\"); // c"), "f(u8R\"(//  \n)\");");
  EXPECT_EQ(stripped("OTHER\"(\" /* c */ + 1"), "OTHER\"(\"+1");  // not raw: the name ends with R
}

TEST(Stripped, ADigitSeparatorOpensNoLiteral) {
  EXPECT_EQ(stripped("int a = 1'000'000; // c\nint b = 0xFF'FF; /* d */"),
            "int a=1'000'000;int b=0xFF'FF;");
}

TEST(Stripped, DirectivesKeepTheirLineAndTheirSpaces) {
  EXPECT_EQ(stripped("int a;\n  #  define F (x) // c\nint b;"), "int a;\n#define F (x)\nint b;");
  EXPECT_NE(stripped("#define F (x)\n"), stripped("#define F(x)\n"));
  EXPECT_EQ(stripped("#define F(x) \\\n   x\nint a;"), stripped("#define F(x) x\nint a;"));
}

TEST(Stripped, TheResultIsAFixedPoint) {
  for (const fs::path file : {"platform/sdk/include/triptych/encoder.h", "plugins/fusion/gated.cpp",
                              "platform/sdk/source_hash/stripped.cpp"}) {
    std::ifstream in(fs::path(TRIPTYCH_SOURCE_DIR) / file);
    const std::string once = stripped({std::istreambuf_iterator<char>(in), {}});
    EXPECT_FALSE(once.empty());
    EXPECT_EQ(stripped(once), once) << file;
  }
}

class ClosureTest : public testing::Test {
 protected:
  ClosureTest()
      : folder_(fs::temp_directory_path() / ("triptych_source_hash_" + std::to_string(getpid()))) {
    fs::remove_all(folder_);
    write("plugin/x.cpp", "#include <triptych/plugin.h>\n#include \"detail.h\"\nint x;\n");
    write("plugin/detail.h", "int detail;\n");
    write("sdk/triptych/plugin.h", "#include \"triptych/layers/mlp.h\"\n#include <vector>\n");
    write("sdk/triptych/layers/mlp.h", "#include \"norm.h\"\nint mlp();\n");
    write("sdk/triptych/layers/norm.h", "int norm();\n");
    write("sdk/triptych/unused.h", "int unused;\n");
    write("layers/mlp.cpp", "#include \"triptych/layers/mlp.h\"\nint mlp() { return 1; }\n");
    write("layers/norm.cpp", "int norm() { return 2; }\n");
    write("layers/unused.cpp", "int unused = 3;\n");
  }
  ~ClosureTest() override { fs::remove_all(folder_); }

  void write(const std::string& place, const std::string& text) {
    fs::create_directories((folder_ / place).parent_path());
    std::ofstream(folder_ / place) << text;
  }
  std::string hash(const fs::path& folder) const {
    Closure closure({folder / "sdk"}, folder / "layers");
    closure.add(folder / "plugin/x.cpp", "x.cpp");
    return closure.sha256();
  }
  std::string hash() const { return hash(folder_); }
  // True when writing `text` to `place` changes the hash.
  bool does_change(const std::string& place, const std::string& text) {
    const auto before = hash();
    write(place, text);
    return hash() != before;
  }

  fs::path folder_;
};

TEST_F(ClosureTest, ACommentOrWhiteSpaceChangesNothing) {
  EXPECT_FALSE(does_change(
      "plugin/x.cpp",
      "// new\n#include <triptych/plugin.h>\n#include \"detail.h\"\nint   x; /* c */\n"));
}

TEST_F(ClosureTest, ATokenChangesIt) {
  EXPECT_TRUE(
      does_change("plugin/x.cpp", "#include <triptych/plugin.h>\n#include \"detail.h\"\nint y;\n"));
}

TEST_F(ClosureTest, AFileBesideTheSourceCounts) {
  EXPECT_TRUE(does_change("plugin/detail.h", "int other;\n"));
}

TEST_F(ClosureTest, AnSdkHeaderReachedThroughAnotherCounts) {
  EXPECT_TRUE(does_change("sdk/triptych/layers/norm.h", "int norm(int);\n"));
}

TEST_F(ClosureTest, TheSourceOfAReachedLayerCounts) {
  EXPECT_TRUE(does_change("layers/mlp.cpp", "int mlp() { return 4; }\n"));
}

TEST_F(ClosureTest, TheSourceOfALayerReachedBesideAnotherCounts) {
  EXPECT_TRUE(does_change("layers/norm.cpp", "int norm() { return 5; }\n"));
}

TEST_F(ClosureTest, WhatIsNotReachedDoesNotCount) {
  EXPECT_FALSE(does_change("sdk/triptych/unused.h", "int changed;\n"));
  EXPECT_FALSE(does_change("layers/unused.cpp", "int changed;\n"));
}

TEST_F(ClosureTest, TheFolderDoesNotCount) {
  const auto elsewhere = folder_ / "else where";
  fs::create_directories(elsewhere);
  for (const char* part : {"plugin", "sdk", "layers"}) {
    fs::copy(folder_ / part, elsewhere / part, fs::copy_options::recursive);
  }
  EXPECT_EQ(hash(elsewhere), hash());
}

TEST_F(ClosureTest, AHeaderOfThePluginDoesNotHideOneOfTheSdk) {
  write("plugin/norm.h", "int own_norm;\n");
  write("plugin/x.cpp", "#include \"norm.h\"\n#include <triptych/plugin.h>\nint x;\n");
  EXPECT_TRUE(does_change("sdk/triptych/layers/norm.h", "int norm(long);\n"));
  EXPECT_TRUE(does_change("plugin/norm.h", "int other_norm;\n"));
}

TEST_F(ClosureTest, TwoSourcesOfOneNameBothCount) {
  write("plugin/a/part.cpp", "int a;\n");
  write("plugin/b/part.cpp", "int b;\n");
  const auto hash_of_both = [this] {
    Closure closure({folder_ / "sdk"}, folder_ / "layers");
    closure.add(folder_ / "plugin/a/part.cpp", "part.cpp");
    closure.add(folder_ / "plugin/b/part.cpp", "part.cpp");
    return closure.sha256();
  };
  const auto before = hash_of_both();
  write("plugin/b/part.cpp", "int c;\n");
  EXPECT_NE(hash_of_both(), before);
}

TEST_F(ClosureTest, FilesThatIncludeEachOtherEnd) {
  write("plugin/detail.h", "#include \"x.cpp\"\nint detail;\n");
  EXPECT_EQ(hash().size(), 64U);
}

TEST_F(ClosureTest, AMissingSourceIsAnError) {
  Closure closure({folder_ / "sdk"}, "");
  EXPECT_THROW(closure.add(folder_ / "plugin/none.cpp", "none.cpp"), std::runtime_error);
}

}  // namespace
}  // namespace triptych::source_hash
