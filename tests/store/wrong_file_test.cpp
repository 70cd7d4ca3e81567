#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

#include <triptych/core/hash.h>
#include <triptych/error.h>

#include "../../platform/store/connection.h"
#include "fixture.h"

namespace triptych::store {
namespace {

class WrongFile : public InFolder {
 protected:
  // Opens the file in both modes; both must fail with `code`, name the file and leave it as it is.
  void expect_refused(const std::filesystem::path& path, const std::string& code) {
    const auto before = core::sha256_file(path);
    for (const auto mode : {Mode::read_write, Mode::read_only}) {
      try {
        (void)Store::open(path, mode);
        FAIL() << "opened";
      } catch (const Error& error) {
        EXPECT_EQ(error.problem().code, code) << error.what();
        EXPECT_THAT(error.what(), testing::HasSubstr(path.string()));
        EXPECT_NE(error.problem().suggestion, "");
      }
    }
    EXPECT_EQ(core::sha256_file(path), before);
  }
};

TEST_F(WrongFile, ThatIsNotSqliteIsRefusedUntouched) {
  std::ofstream(folder_ / "notes.txt") << "These are my notes, and they are dear to me.";
  expect_refused(folder_ / "notes.txt", "store.002");
}

TEST_F(WrongFile, ThatIsTooShortForAHeaderIsRefused) {
  std::ofstream(folder_ / "x") << "abc";
  expect_refused(folder_ / "x", "store.002");
}

TEST_F(WrongFile, OfAnotherProgramIsRefusedUntouched) {
  {
    SQLite::Database other((folder_ / "other.db").string(),
                           SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    other.exec("CREATE TABLE bookmarks(url TEXT)");
  }
  expect_refused(folder_ / "other.db", "store.003");
}

TEST_F(WrongFile, WithAHeaderButGarbageBehindItIsRefused) {
  std::ofstream(folder_ / "x.db", std::ios::binary)
      << std::string("SQLite format 3\0", 16) << std::string(8000, 'x');
  expect_refused(folder_ / "x.db", "store.002");
}

TEST_F(WrongFile, AnEmptyFileBecomesADatabaseOnlyWhenItIsWritten) {
  std::ofstream(database()).close();
  EXPECT_THROW((void)Store::open(database(), Mode::read_only), Error);
  EXPECT_TRUE(Store::open(database(), Mode::read_write).studies().empty());
}

TEST_F(WrongFile, AMissingOneCannotBeReadAndIsNotMade) {
  EXPECT_THROW((void)Store::open(database(), Mode::read_only), Error);
  EXPECT_FALSE(std::filesystem::exists(database()));
}

TEST_F(WrongFile, AFolderIsRefused) {
  for (const auto mode : {Mode::read_write, Mode::read_only}) {
    try {
      (void)Store::open(folder_, mode);
      FAIL();
    } catch (const Error& error) {
      EXPECT_EQ(error.problem().code, "store.001");
      EXPECT_THAT(error.what(), testing::HasSubstr("is a folder"));
    }
  }
}

TEST_F(WrongFile, WhoseTablesWereTakenAwaySaysWhatSqliteSays) {
  (void)Store::open(database(), Mode::read_write);
  SQLite::Database(database().string(), SQLite::OPEN_READWRITE).exec("DROP VIEW v_run");
  try {
    (void)Store::open(database(), Mode::read_only).runs();
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.problem().code, "store.008");
    EXPECT_THAT(error.what(), testing::HasSubstr(database().string()));
    EXPECT_THAT(error.what(), testing::HasSubstr("no such table: v_run"));
  }
}

// As an unprivileged user, since root may write everywhere.
TEST_F(WrongFile, InAFolderThatCannotBeWrittenToIsReadAllTheSame) {
  {
    auto store = Store::open(database(), Mode::read_write);
    store.freeze(small_plan(2));
  }
  using std::filesystem::perms;
  std::filesystem::permissions(database(), perms{0444});
  std::filesystem::permissions(folder_, perms{0555});
  const auto child = fork();
  if (child == 0) {
    constexpr uid_t kNobody = 65534;
    if (getuid() == 0 && setuid(kNobody) != 0) _exit(2);
    try {
      _exit(Store::open(database(), Mode::read_only).points("demo").size() == 2 ? 0 : 3);
    } catch (const Error& error) {
      std::fprintf(stderr, "%s\n", error.what());
      _exit(4);
    }
  }
  int status = 0;
  waitpid(child, &status, 0);
  std::filesystem::permissions(folder_, perms::owner_all);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST_F(WrongFile, AFolderThatCannotBeMadeIsNamed) {
  std::ofstream(folder_ / "file") << "x";
  const auto path = folder_ / "file" / "results.db";
  try {
    (void)Store::open(path, Mode::read_write);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.problem().code, "store.001");
    EXPECT_THAT(error.what(), testing::HasSubstr(path.string()));
  }
}

TEST_F(WrongFile, AMissingParentFolderIsMade) {
  EXPECT_NO_THROW((void)Store::open(folder_ / "new" / "results.db", Mode::read_write));
}

TEST_F(WrongFile, OfANewerVersionIsReadThroughItsViewsAndNotWritten) {
  std::string run_id;
  {
    auto store = Store::open(database(), Mode::read_write);
    store.freeze(small_plan(1));
    const auto writer = store.writer(*store.claim_next("demo"));
    writer->final_metric({.task = "semseg",
                          .metric = "mIoU",
                          .split = "test",
                          .variant = "",
                          .value = 0.5,
                          .unit = "",
                          .direction = "higher"});
    writer->finish("done", "", 1);
    run_id = writer->run_id();
    SQLite::Database raw(database().string(), SQLite::OPEN_READWRITE);
    raw.exec("PRAGMA user_version = 99");
  }
  const auto reader = Store::open(database(), Mode::read_only);
  EXPECT_EQ(reader.notes().size(), 1U);
  EXPECT_EQ(reader.metrics(run_id).at(0).value, 0.5);
  EXPECT_EQ(reader.runs().size(), 1U);
  EXPECT_THROW((void)reader.plan("demo"), Error);
  try {
    (void)Store::open(database(), Mode::read_write);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.problem().code, "store.004");
  }
}

TEST_F(WrongFile, AReaderCannotWrite) {
  (void)Store::open(database(), Mode::read_write);
  auto reader = Store::open(database(), Mode::read_only);
  EXPECT_THROW(reader.freeze(small_plan(1)), Error);
}

TEST_F(WrongFile, WithAStrangeNameIsOpenedUnderThatName) {
  const auto path = folder_ / "100% a?b#c.db";
  (void)Store::open(path, Mode::read_write);
  EXPECT_TRUE(std::filesystem::exists(path));
  EXPECT_NO_THROW((void)Store::open(path, Mode::read_only));
}

// Numbers from linux/magic.h and the file systems' own headers.
TEST(FileSystem, NetworkOnesGetNoWriteAheadLog) {
  EXPECT_EQ(shared_file_system(0x6969), "NFS");
  EXPECT_EQ(shared_file_system(0x65735546), "FUSE");
  EXPECT_EQ(shared_file_system(static_cast<int>(0xff534d42)), "CIFS");
  EXPECT_EQ(shared_file_system(0xef53), "");      // ext4
  EXPECT_EQ(shared_file_system(0x01021994), "");  // tmpfs
  EXPECT_EQ(shared_file_system(0x794c7630), "");  // overlayfs
}

}  // namespace
}  // namespace triptych::store
