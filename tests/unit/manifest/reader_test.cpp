#include "triptych/manifest/reader.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "triptych/manifest/overrides.h"

namespace triptych::manifest {
namespace {

std::string fault_of(const std::string& text) {
  try {
    (void)parse_json(text, "a.json");
    return "none";
  } catch (const Error& error) {
    return error.problem().text();
  }
}

std::string file_fault_of(const std::string& path) {
  try {
    (void)read_json_file(path);
    return "none";
  } catch (const Error& error) {
    return error.problem().text();
  }
}

TEST(Reader, KeepsThePlacesOfKeysAndValues) {
  const auto tree = parse_json(
      "{\n  // why\n  \"a\": [1,\n    {\"b\" /* x */ : true}],\n  \"c\": null }", "a.json");
  const auto* a = tree.member("a");
  ASSERT_NE(a, nullptr);
  EXPECT_EQ(a->at.line, 3);
  EXPECT_EQ(a->at.column, 3);
  EXPECT_EQ(a->value.at.column, 8);
  const auto& inner = a->value.elements().at(1);
  EXPECT_EQ(inner.at.line, 4);
  EXPECT_EQ(inner.at.column, 5);
  EXPECT_EQ(inner.member("b")->at.column, 6);
  EXPECT_EQ(inner.member("b")->value.at.column, 20);
  EXPECT_EQ(tree.member("c")->value.at.line, 5);
}

TEST(Reader, CountsColumnsInLettersNotBytes) {
  // "ä" has two bytes: the value after it stands in column 7, not 8.
  const auto tree = parse_json("{\"ä\": 1}", "a.json");
  EXPECT_EQ(tree.members().front().value.at.column, 7);
  EXPECT_EQ(parse_json("{\"a\": 1}", "a.json").members().front().value.at.column, 7);
}

TEST(Reader, StringsWithBracketsQuotesAndSlashesDoNotShiftPlaces) {
  const auto tree = parse_json(R"({"a": "}],:{[ \" // no comment \\", "b": 1})", "a.json");
  EXPECT_EQ(tree.member("b")->at.column, 37);
}

TEST(Reader, ReadsPastAByteOrderMark) {
  const auto tree = parse_json("\xEF\xBB\xBF{\"a\": 1}", "a.json");
  EXPECT_EQ(tree.member("a")->at.column, 2);
}

TEST(Reader, LocatesAPointerOrItsNearestAncestor) {
  const auto tree = parse_json("{\"a/b\": [\n 1,\n  {\"c~\": 2}]}", "a.json");
  EXPECT_EQ(locate(tree, "/a~1b/1/c~0").column, 10);
  EXPECT_EQ(locate(tree, "/a~1b/0").line, 2);
  EXPECT_EQ(locate(tree, "/a~1b/7/c").column, 9);
  EXPECT_EQ(locate(tree, "/nothing").column, 1);
}

TEST(Reader, IntegersStayIntegersAndHugeOnesBecomeNumbers) {
  const auto tree =
      parse_json("[9223372036854775807, 9223372036854775808, -9223372036854775808, 1e3, -0]", "a");
  EXPECT_EQ(std::get<std::int64_t>(tree.elements()[0].value), INT64_MAX);
  EXPECT_EQ(std::get<double>(tree.elements()[1].value), 9223372036854775808.0);
  EXPECT_EQ(std::get<std::int64_t>(tree.elements()[2].value), INT64_MIN);
  EXPECT_EQ(std::get<double>(tree.elements()[3].value), 1000.0);
}

TEST(Reader, TwoHundredThousandLevelsAreAnErrorNotACrash) {
  for (const char* open : {"[", "{\"a\":"}) {
    std::string text;
    for (int i = 0; i < 200000; ++i) text += open;
    EXPECT_NE(fault_of(text).find("[manifest.006]"), std::string::npos);
  }
}

TEST(Reader, RefusesWhatIsNotUtf8AndSaysWhere) {
  EXPECT_EQ(fault_of("{\n\"a\": \"\xFF\"}"),
            "a.json:2:7: the byte 0xFF is not UTF-8 [manifest.005]; Save the file as UTF-8.");
  for (const char* bytes : {"\xC0\xAF", "\xED\xA0\x80", "\xF5\x80\x80\x80", "\xE2\x82", "\x80"}) {
    EXPECT_NE(fault_of("{\"a\": \"" + std::string(bytes) + "\"}").find("[manifest.005]"),
              std::string::npos);
  }
  EXPECT_EQ(fault_of("{\"a\": \"\xE2\x82\xAC \xF0\x9F\x98\x80\"}"), "none");
}

TEST(Reader, RandomBytesGiveAnErrorWithACode) {
  std::mt19937 random(7);
  for (int round = 0; round < 20000; ++round) {
    std::string text(random() % 64, '\0');
    for (auto& c : text) c = static_cast<char>(random());
    const auto fault = fault_of(text);
    if (fault != "none") EXPECT_NE(fault.find("[manifest.0"), std::string::npos) << fault;
  }
}

// Changes bytes of a good manifest: closer to the grammar than pure noise.
TEST(Reader, ChangedManifestsReadOrGiveAnErrorWithAPlace) {
  const std::string good = R"({"a": [1, -2.5e3, "tä\n\u00e4", {"b": null, "c": true}], // x
    "d": {"e": [[], {}]}, /* y */ "f": "g"})";
  const std::string pieces = "{}[],:\"\\/*0123456789eE+-.ntf \n\t\xC3";
  std::mt19937 random(11);
  int num_faults = 0;
  for (int round = 0; round < 50000; ++round) {
    auto text = good;
    for (std::uint32_t change = 0; change <= random() % 3; ++change) {
      const auto place = random() % text.size();
      switch (random() % 3) {
        case 0:
          text[place] = pieces[random() % pieces.size()];
          break;
        case 1:
          text.insert(place, 1, pieces[random() % pieces.size()]);
          break;
        default:
          text.erase(place, 1 + random() % 4);
          break;
      }
      if (text.empty()) text = "{";
    }
    const auto fault = fault_of(text);
    if (fault == "none") continue;
    ++num_faults;
    EXPECT_NE(fault.find("[manifest.0"), std::string::npos) << text;
    EXPECT_TRUE(fault.starts_with("a.json:")) << fault;
  }
  EXPECT_GT(num_faults, 10000);
}

TEST(Reader, WhatIsWrittenReadsBackEqual) {
  const auto tree = parse_json(
      R"({"z": [1, 2.5, 1e-300, "q\"\\\n\u0001ä", null, true], "a": {"b": {}, "c": []}})", "a");
  EXPECT_TRUE(equal(tree, parse_json(canonical_text(tree), "b")));
  EXPECT_TRUE(equal(tree, parse_json(pretty_text(tree), "b")));
  EXPECT_EQ(canonical_text(tree).substr(0, 5), "{\"a\":");
}

TEST(Reader, CanonicalTextSortsKeysButNotTasks) {
  const auto tree = parse_json(
      R"({"tasks": {"z": {"y": 1, "x": 2}, "a": {}}, "b": {"tasks": {"d": 1, "c": 2}}})", "a");
  EXPECT_EQ(canonical_text(tree),
            R"({"b":{"tasks":{"c":2,"d":1}},"tasks":{"z":{"x":2,"y":1},"a":{}}})");
}

TEST(Reader, RefusesFilesBeyondTheLimit) {
  const auto path = std::filesystem::temp_directory_path() / "triptych_large_manifest.json";
  std::ofstream(path) << "{}";
  std::filesystem::resize_file(path, kMaxFileBytes + 1);
  try {
    (void)read_json_file(path.string());
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.problem().code, "manifest.009");
  }
  std::filesystem::remove(path);
}

// A pipe without a writer would be waited for without end, so it is not even opened.
TEST(Reader, RefusesAPipeBeforeItIsOpened) {
  const auto path = (std::filesystem::temp_directory_path() /
                     ("triptych_pipe_" + std::to_string(getpid()) + ".json"))
                        .string();
  std::filesystem::remove(path);
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  EXPECT_EQ(file_fault_of(path),
            path + ": this is a pipe, not a file [manifest.002]; expected a regular file. " +
                "Save the manifest to a file and name that.");
  std::filesystem::remove(path);
}

// The kernel states 0 bytes for this file and gives 8 for each page that a process could have.
TEST(Reader, StopsAtTheLimitWhateverSizeIsStated) {
  const std::string path = "/proc/self/pagemap";
  if (!std::ifstream(path)) GTEST_SKIP() << "no " << path;
  EXPECT_NE(file_fault_of(path).find("[manifest.009]"), std::string::npos);
}

// RFC 7396, appendix A: original, patch, result.
TEST(MergePatch, FollowsTheExamplesOfTheRfc) {
  const char* const cases[][3] = {
      {R"({"a":"b"})", R"({"a":"c"})", R"({"a":"c"})"},
      {R"({"a":"b"})", R"({"b":"c"})", R"({"a":"b","b":"c"})"},
      {R"({"a":"b"})", R"({"a":null})", R"({})"},
      {R"({"a":"b","b":"c"})", R"({"a":null})", R"({"b":"c"})"},
      {R"({"a":["b"]})", R"({"a":"c"})", R"({"a":"c"})"},
      {R"({"a":"c"})", R"({"a":["b"]})", R"({"a":["b"]})"},
      {R"({"a":{"b":"c"}})", R"({"a":{"b":"d","c":null}})", R"({"a":{"b":"d"}})"},
      {R"({"a":[{"b":"c"}]})", R"({"a":[1]})", R"({"a":[1]})"},
      {R"(["a","b"])", R"(["c","d"])", R"(["c","d"])"},
      {R"({"a":"b"})", R"(["c"])", R"(["c"])"},
      {R"({"a":"foo"})", R"(null)", R"(null)"},
      {R"({"a":"foo"})", R"("bar")", R"("bar")"},
      {R"({"e":null})", R"({"a":1})", R"({"e":null,"a":1})"},
      {R"([1,2])", R"({"a":"b","c":null})", R"({"a":"b"})"},
      {R"({})", R"({"a":{"bb":{"ccc":null}}})", R"({"a":{"bb":{}}})"}};
  for (const auto& [original, patch, result] : cases) {
    const auto merged = merge_patch(parse_json(original, "o"), parse_json(patch, "p"));
    EXPECT_TRUE(equal(merged, parse_json(result, "r")))
        << original << " + " << patch << " = " << canonical_text(merged);
  }
}

TEST(Override, RandomArgumentsNeverCrash) {
  const std::string pieces = "ab.=+~[]{}:,'\"\\ 019eE-null\xC3";
  std::mt19937 random(3);
  int num_good = 0;
  for (int round = 0; round < 50000; ++round) {
    std::string argument = round % 2 ? "a=" : "";
    for (std::uint32_t i = 0; i < random() % 24; ++i) argument += pieces[random() % pieces.size()];
    try {
      auto tree = parse_json(R"({"a": [1, {"b": 2}], "b": "x"})", "t");
      apply(parse_override(argument, 1), tree);
      ++num_good;
    } catch (const Error& error) {
      EXPECT_EQ(error.problem().file, "command line");
    }
  }
  EXPECT_GT(num_good, 100);
}

// The grammar's own examples: text on the command line, JSON that it means.
TEST(Override, ValuesMeanWhatHydraMeans) {
  const char* const cases[][2] = {{"1", "1"},
                                  {"-1", "-1"},
                                  {"1.5", "1.5"},
                                  {"1e-3", "0.001"},
                                  {"true", "true"},
                                  {"False", "false"},
                                  {"null", "null"},
                                  {"abc", "\"abc\""},
                                  {"a b", "\"a b\""},
                                  {"'1'", "\"1\""},
                                  {"\"x, y\"", "\"x, y\""},
                                  {"", "\"\""},
                                  {"[]", "[]"},
                                  {"[a, 'b c']", R"(["a","b c"])"},
                                  {"{}", "{}"},
                                  {"{a: 1, b: [x]}", R"({"a":1,"b":["x"]})"},
                                  {"/a/b-c.d", "\"/a/b-c.d\""},
                                  {"[[1],[2]]", "[[1],[2]]"},
                                  {"'it\\'s'", "\"it's\""},
                                  {"a=b", "\"a=b\""},
                                  {"{\"k k\": v}", R"({"k k":"v"})"},
                                  {"streets/1", "\"streets/1\""},
                                  {"0x10", "\"0x10\""}};
  for (const auto& [text, json] : cases) {
    const auto value = parse_override(std::string("k=") + text, 1).value;
    EXPECT_EQ(canonical_text(value), json) << text;
  }
}

}  // namespace
}  // namespace triptych::manifest
