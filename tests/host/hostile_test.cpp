#include <gmock/gmock.h>
#include <sys/stat.h>

#include <fstream>

#include "fixture.h"
#include "stamp_reader.h"

namespace fs = std::filesystem;

namespace triptych::host {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class HostileTest : public HostTest {
 protected:
  // What a host that finds only this file says when it is asked for it.
  Problem refusal(const fs::path& file, const std::string& name,
                  const std::string& slot = "fusion") {
    put(file, "plugins/" + slot + "/" + name + ".so");
    const auto host = host_at(folder_ / "plugins");
    return problem_of([&] { static_cast<void>(host.spec(slot, name)); });
  }
  Problem refusal(const std::string& name) { return refusal(fixture(name), name); }

  static std::string bytes_of(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
};

TEST_F(HostileTest, ThrowingWhileLoadingIsAnErrorWithTheText) {
  const auto problem = refusal("throws_at_load");
  EXPECT_EQ(problem.code, "host.030");
  EXPECT_THAT(problem.message,
              AllOf(HasSubstr("static initialiser"), HasSubstr("thrown while loading")));
}

TEST_F(HostileTest, AbortingWhileLoadingIsAnError) {
  const auto problem = refusal("aborts_at_load");
  EXPECT_EQ(problem.code, "host.030");
  EXPECT_THAT(problem.message, HasSubstr("signal 6 (Aborted)"));
}

TEST_F(HostileTest, CrashingWhileLoadingIsAnError) {
  const auto problem = refusal("crashes_at_load");
  EXPECT_EQ(problem.code, "host.030");
  EXPECT_THAT(problem.message, HasSubstr("signal 11"));
}

TEST_F(HostileTest, EndingTheProcessWhileLoadingIsAnError) {
  const auto problem = refusal("exits_at_load");
  EXPECT_EQ(problem.code, "host.031");
  EXPECT_THAT(problem.message, HasSubstr("exit code 0"));
}

TEST_F(HostileTest, HangingWhileLoadingIsAnError) {
  put(fixture("hangs_at_load"), "fusion/hangs_at_load.so");
  PluginHost host({.path = {.given = {folder_}, .environment = {}, .manifest = {}, .standard = {}},
                   .probes_first = true,
                   .probe_program = "",
                   .load_limit = std::chrono::milliseconds(1500)});
  const auto problem = problem_of([&] { static_cast<void>(host.fusion("hangs_at_load")); });
  EXPECT_EQ(problem.code, "host.032");
  EXPECT_THAT(problem.message, HasSubstr("within 1.5 s"));
}

TEST_F(HostileTest, ALibraryThatIsNoPluginIsNamedAsSuch) {
  const auto problem = refusal("no_stamp");
  EXPECT_EQ(problem.code, "host.023");
  EXPECT_THAT(problem.message, HasSubstr("no Triptych plugin"));
  EXPECT_THAT(problem.expected, HasSubstr("TRIPTYCH_PLUGIN"));
}

TEST_F(HostileTest, AForeignStampIsRefused) { EXPECT_EQ(refusal("wrong_magic").code, "host.024"); }

TEST_F(HostileTest, AStampOfAnotherVersionIsRefusedBeforeItsMembersAreRead) {
  const auto problem = refusal("newer_stamp");
  EXPECT_EQ(problem.code, "host.024");
  EXPECT_THAT(problem.message, HasSubstr("its stamp has version 2 (this program: 1)"));
}

TEST_F(HostileTest, AllDifferencesOfAnotherBuildStandInOneSentence) {
  const auto problem = refusal("other_build");
  EXPECT_EQ(problem.code, "host.025");
  EXPECT_THAT(problem.message,
              AllOf(HasSubstr("torch 1.13.1 (this program: 2."),
                    HasSubstr("fusion headers 0123456789ab (this"),
                    HasSubstr("_GLIBCXX_USE_CXX11_ABI 0 (this program: 1)"),
                    HasSubstr("C++17 (this program: C++20)"), HasSubstr("_GLIBCXX_DEBUG on"),
                    HasSubstr("AddressSanitizer on"), HasSubstr("NDEBUG off (this program: on)"),
                    HasSubstr("CUDA 11080")));
  EXPECT_THAT(problem.message, HasSubstr("ThreadSanitizer on (this program: off)"));
  EXPECT_THAT(problem.suggestion, HasSubstr("Rebuild it"));
}

TEST_F(HostileTest, ForAnotherTorchTheDifferencesAreNamedAndNotAMissingFunction) {
  const auto problem = refusal("other_torch");
  EXPECT_EQ(problem.code, "host.025");
  EXPECT_THAT(problem.message, HasSubstr("torch 2.10.0 (this program: 2."));
  EXPECT_THAT(problem.message, Not(HasSubstr("gone_since")));
}

TEST_F(HostileTest, ThePlainReaderSeesTheSameStampAsTheLoader) {
  const auto found = FileStamp::read(built("fusion", "gated"));
  ASSERT_TRUE(found.has_value());
  const auto stamp = found->stamp();
  EXPECT_EQ(stamp.magic, kStampMagic);
  EXPECT_STREQ(stamp.slot, "fusion");
  const auto host = host_at(fs::path(TRIPTYCH_BINARY_DIR) / "plugins");
  EXPECT_EQ(stamp.source_hash, host.info("fusion", "gated").source_hash);
  EXPECT_EQ(stamp.compiler, host.info("fusion", "gated").compiler);
  EXPECT_FALSE(FileStamp::read(fixture("no_stamp")).has_value());
}

TEST_F(HostileTest, ThePlainReaderSurvivesAnyHeader) {
  const auto whole = bytes_of(fixture("other_build"));
  std::uint32_t state = 7;  // a fixed linear congruential sequence
  const auto next = [&state] { return (state = state * 1664525U + 1013904223U) >> 8; };
  int num_without_stamp = 0;
  for (int round = 0; round < 300; ++round) {
    auto broken = whole;
    for (int i = 0; i < 4; ++i) {  // in the file header, the segments, or the table of sections
      const auto place = next() % 2 == 0 ? next() % 1024 : broken.size() - 1 - next() % 2048;
      broken[place] = static_cast<char>(next());
    }
    num_without_stamp += FileStamp::read(write("broken.so", broken)) ? 0 : 1;
  }
  EXPECT_GT(num_without_stamp, 0);
}

TEST_F(HostileTest, AnUndefinedFunctionIsNamedReadably) {
  const auto problem = refusal("undefined_symbol");
  EXPECT_EQ(problem.code, "host.022");
  EXPECT_THAT(problem.message,
              HasSubstr("it needs nowhere::missing_function(char const*, double)"));
}

TEST_F(HostileTest, AThrowingSpecIsAnError) {
  const auto problem = refusal("spec_throws");
  EXPECT_EQ(problem.code, "host.040");
  EXPECT_THAT(problem.message, AllOf(HasSubstr("while reading the spec of fusion 'spec_throws'"),
                                     HasSubstr("no spec today"), Not(HasSubstr("frame #"))));
}

TEST_F(HostileTest, ASpecThatAbortsIsAnError) {
  const auto problem = refusal("spec_aborts");
  EXPECT_EQ(problem.code, "host.030");
  EXPECT_THAT(problem.message, HasSubstr("while it was asked for its spec"));
}

TEST_F(HostileTest, APluginInTheWrongSlotIsToldWhereItBelongs) {
  const auto problem = refusal(built("fusion", "gated"), "gated", "head");
  EXPECT_EQ(problem.code, "host.026");
  EXPECT_THAT(problem.suggestion, HasSubstr("fusion/gated.so"));
}

TEST_F(HostileTest, AFileNameThatDiffersFromTheSpecIsRefused) {
  const auto problem = refusal(built("fusion", "gated"), "other");
  EXPECT_EQ(problem.code, "host.027");
  EXPECT_THAT(problem.message, HasSubstr("its spec calls it 'gated'"));
}

TEST_F(HostileTest, ATextFileIsNoLibrary) {
  const auto problem = refusal(write("text", "class Gated {};\n"), "text");
  EXPECT_EQ(problem.code, "host.021");
  EXPECT_THAT(problem.message, HasSubstr("not a shared library"));
}

TEST_F(HostileTest, AnEmptyFileIsNamedEmpty) {
  EXPECT_THAT(refusal(write("empty", ""), "empty").message, HasSubstr("an empty file"));
}

TEST_F(HostileTest, ACutOffLibraryIsNamedWhereverItIsCut) {
  const auto whole = bytes_of(built("fusion", "gated"));
  for (const std::size_t kept : {std::size_t{5}, std::size_t{63}, std::size_t{64},
                                 std::size_t{4096}, whole.size() / 2, whole.size() - 1}) {
    const auto problem = refusal(write("cut", whole.substr(0, kept)), "cut");
    EXPECT_EQ(problem.code, "host.021") << kept;
    EXPECT_THAT(problem.message, HasSubstr("cut off")) << kept;
  }
}

TEST_F(HostileTest, AnObjectFileAndAnotherProcessorAreNamed) {
  auto header = bytes_of(built("fusion", "gated"));
  header[16] = 1;  // e_type: relocatable
  EXPECT_THAT(refusal(write("object", header), "object").message, HasSubstr("an object file"));
  header[16] = 3;
  header[18] = 2;  // e_machine: SPARC
  EXPECT_THAT(refusal(write("sparc", header), "sparc").message,
              HasSubstr("another kind of processor"));
}

TEST_F(HostileTest, RandomBytesBehindAnElfHeaderAreAnError) {
  auto broken = bytes_of(built("fusion", "gated"));
  std::uint32_t state = 1;  // a fixed linear congruential sequence
  for (std::size_t i = 64 + 56 * 12; i < broken.size(); ++i) {  // behind the program headers
    state = state * 1664525U + 1013904223U;
    broken[i] = static_cast<char>(state >> 24);
  }
  EXPECT_THAT(refusal(write("random", broken), "random").code, testing::StartsWith("host.0"));
}

TEST_F(HostileTest, AFolderADanglingLinkAndAPipeAreNamed) {
  fs::create_directories(folder_ / "fusion/folder.so");
  fs::create_symlink(folder_ / "nowhere", folder_ / "fusion/link.so");
  ASSERT_EQ(mkfifo((folder_ / "fusion/pipe.so").c_str(), 0600), 0);
  const auto host = host_at(folder_);
  const auto message = [&](const std::string& name) {
    return problem_of([&] { static_cast<void>(host.fusion(name)); }).message;
  };
  EXPECT_THAT(message("folder"), HasSubstr("a folder"));
  EXPECT_THAT(message("link"), HasSubstr("no such file"));
  EXPECT_THAT(message("pipe"), HasSubstr("not a regular file"));
}

TEST_F(HostileTest, AnUnreadableFileIsNamed) {
  const auto file = put(built("fusion", "gated"), "fusion/gated.so");
  fs::permissions(file, fs::perms::none);
  const auto host = host_at(folder_, /*probes_first=*/false);
  constexpr uid_t kNobody = 65534;  // root reads everything
  const bool is_root = geteuid() == 0;
  if (is_root) ASSERT_EQ(seteuid(kNobody), 0);
  const auto problem = problem_of([&] { static_cast<void>(host.fusion("gated")); });
  if (is_root) ASSERT_EQ(seteuid(0), 0);
  EXPECT_EQ(problem.code, "host.020");
  EXPECT_THAT(problem.message, HasSubstr("Permission denied"));
}

TEST_F(HostileTest, ListShowsEveryBrokenFileWithItsReasonAndTheSoundOnes) {
  fs::create_directories(folder_ / "fusion");
  for (const auto& entry : fs::directory_iterator(fs::path(TRIPTYCH_FIXTURES) / "fusion")) {
    put(entry.path(), "fusion/" + entry.path().filename().string());
  }
  put(built("fusion", "gated"), "fusion/gated.so");
  write("fusion/text.so", "text");
  write("gated.so", "text");
  PluginHost host({.path = {.given = {folder_}, .environment = {}, .manifest = {}, .standard = {}},
                   .probes_first = true,
                   .probe_program = "",
                   .load_limit = std::chrono::milliseconds(1500)});
  const auto rows = host.list();
  ASSERT_EQ(rows.size(), host.files().size());
  EXPECT_EQ(rows.size(), 20U);
  for (const auto& row : rows) {
    const bool is_sound = row.name == "throws_when_built" || row.name == "incomplete_spec" ||
                          (row.name == "gated" && row.slot == "fusion");
    EXPECT_EQ(row.status, is_sound ? "ok" : "broken") << row.file;
    EXPECT_EQ(row.reason.empty(), is_sound) << row.file << row.reason;
    if (!is_sound) EXPECT_THAT(row.reason, HasSubstr(row.file));
    EXPECT_EQ(row.sha256.size(), 64U) << row.file;
  }
  EXPECT_EQ(rows.front().name, "aborts_at_load");
  EXPECT_EQ(rows.back().slot, "");
}

TEST_F(HostileTest, WordsOfOnePluginAreNotAnothers) {
  const auto noisy = fixture("prints_at_load");
  put(noisy, "fusion/a_noisy.so");
  put(fixture("aborts_at_load"), "fusion/b_silent.so");
  put(noisy, "fusion/c_noisy.so");
  put(fixture("prints_and_aborts_at_load"), "fusion/d_loud.so");
  const auto rows = host_at(folder_).list();
  ASSERT_EQ(rows.size(), 4U);
  for (std::size_t i : {0U, 1U, 2U}) EXPECT_THAT(rows[i].reason, Not(HasSubstr("printed")));
  EXPECT_THAT(rows[1].reason, HasSubstr("signal 6"));
  EXPECT_THAT(rows[3].reason, HasSubstr("it printed: no memory for the table ["));
}

TEST_F(HostileTest, AProbeProgramThatIsMissingOrBrokenIsAnErrorOfItsOwn) {
  put(built("fusion", "gated"), "fusion/gated.so");
  for (const char* program : {"/nonexistent/probe", "/bin/false", "/bin/true"}) {
    PluginHost host(
        {.path = {.given = {folder_}, .environment = {}, .manifest = {}, .standard = {}},
         .probes_first = true,
         .probe_program = program,
         .load_limit = std::chrono::seconds(5)});
    EXPECT_EQ(problem_of([&] { static_cast<void>(host.list()); }).code, "host.033") << program;
  }
}

TEST_F(HostileTest, AFileThatPassedIsNotProbedAgain) {
  put(built("fusion", "gated"), "fusion/gated.so");
  EXPECT_EQ(host_at(folder_).spec("fusion", "gated").name(), "gated");
  PluginHost without_probe(
      {.path = {.given = {folder_}, .environment = {}, .manifest = {}, .standard = {}},
       .probes_first = true,
       .probe_program = "/bin/false",
       .load_limit = std::chrono::seconds(5)});
  EXPECT_EQ(without_probe.spec("fusion", "gated").name(), "gated");
}

}  // namespace
}  // namespace triptych::host
