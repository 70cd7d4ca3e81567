#include "connection.h"

#include <sqlite3.h>
#include <sys/vfs.h>

#include <array>
#include <chrono>
#include <fstream>
#include <system_error>
#include <thread>

#include <triptych/core/clock.h>
#include <triptych/error.h>

#include "schema.h"

namespace triptych::store {
namespace fs = std::filesystem;

namespace {

constexpr std::string_view kMagic("SQLite format 3\0", 16);

// Refuses a file that is something else before SQLite touches it. Missing and empty files pass.
void require_sqlite_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::array<char, 16> start{};
  file.read(start.data(), start.size());
  if (file.gcount() == 0) return;
  if (std::string_view(start.data(), static_cast<std::size_t>(file.gcount())) == kMagic) return;
  throw Error("store.002", path.string(), "is not a SQLite database",
              "Name another file with --db; this one was not touched.");
}

std::string uri(const fs::path& path, std::string_view query) {
  std::string out = "file:";
  for (const char character : fs::absolute(path).string()) {
    const bool is_special = character == '%' || character == '?' || character == '#';
    static constexpr std::string_view kDigits = "0123456789ABCDEF";
    if (is_special) {
      out += '%';
      out += kDigits[static_cast<unsigned char>(character) >> 4];
      out += kDigits[static_cast<unsigned char>(character) & 15];
    } else {
      out += character;
    }
  }
  return out + "?" + std::string(query);
}

}  // namespace

std::string shared_file_system(long type) {
  switch (static_cast<unsigned long>(type) & 0xffffffffUL) {
    case 0x6969:
      return "NFS";
    case 0x517b:
      return "SMB";
    case 0xff534d42:
      return "CIFS";
    case 0xfe534d42:
      return "SMB2";
    case 0x65735546:
      return "FUSE";
    case 0x01021997:
      return "9P";
    case 0x0bd00bd0:
      return "Lustre";
    case 0x47504653:
      return "GPFS";
    case 0x00c36400:
      return "Ceph";
    case 0x5346414f:
      return "AFS";
    case 0x19830326:
      return "BeeGFS";
    case 0x7461636f:
      return "OCFS2";
    case 0x01161970:
      return "GFS2";
    default:
      return "";
  }
}

Connection::Connection(fs::path path, Mode mode, const OpenOptions& options)
    : path_(std::move(path)), mode_(mode) {
  const int timeout_ms = static_cast<int>(1000 * options.busy_timeout_s);
  if (mode_ == Mode::read_only) {
    open_for_reading(timeout_ms);
    return;
  }
  open_for_writing(timeout_ms);
  translated([&] {
    database_->exec("PRAGMA foreign_keys = ON");
    create_schema();
    choose_journal(options.busy_timeout_s);
    database_->exec("PRAGMA synchronous = NORMAL");
    if (options.max_bytes > 0) {
      const auto page_size = database_->execAndGet("PRAGMA page_size").getInt64();
      database_->exec("PRAGMA max_page_count = " + std::to_string(options.max_bytes / page_size));
    }
  });
}

void Connection::open_for_reading(int timeout_ms) {
  std::error_code error;
  if (fs::is_directory(path_, error)) {
    throw Error("store.001", path_.string(), "is a folder, not a database file",
                "Name a file with --db.");
  }
  if (!fs::is_regular_file(path_, error)) {
    throw Error("store.001", path_.string(), "there is no such database",
                "Run a study first, or name the database with --db.");
  }
  if (fs::file_size(path_, error) == 0) {
    throw Error("store.001", path_.string(), "is an empty file",
                "Run a study first, or name the database with --db.");
  }
  require_sqlite_file(path_);
  const auto open = [&](std::string_view query) {
    database_ = std::make_unique<SQLite::Database>(
        uri(path_, query), SQLite::OPEN_READONLY | SQLite::OPEN_URI, timeout_ms);
    require_ours();
  };
  try {
    open("mode=ro");
  } catch (const SQLite::Exception& failure) {
    // A database in WAL mode wants to make a -shm file beside it. In a folder that cannot be
    // written to, and with no log to read, the file itself holds everything.
    const bool has_log = fs::exists(path_.string() + "-wal", error);
    const int cause = failure.getErrorCode() & 0xff;
    if ((cause != SQLITE_CANTOPEN && cause != SQLITE_READONLY) || has_log) rethrow(failure);
    translated([&] { open("mode=ro&immutable=1"); });
  }
}

void Connection::open_for_writing(int timeout_ms) {
  std::error_code error;
  if (path_.has_parent_path()) fs::create_directories(path_.parent_path(), error);
  if (fs::is_directory(path_, error)) {
    throw Error("store.001", path_.string(), "is a folder, not a database file",
                "Name a file with --db.");
  }
  require_sqlite_file(path_);
  translated([&] {
    database_ = std::make_unique<SQLite::Database>(
        path_.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, timeout_ms);
    // SQLite opens a file that may not be written to all the same, for reading.
    if (sqlite3_db_readonly(database_->getHandle(), "main") == 1) {
      throw SQLite::Exception("it may only be read", SQLITE_READONLY);
    }
  });
}

void Connection::require_ours() {
  const auto application = database_->execAndGet("PRAGMA application_id").getInt();
  const auto version = database_->execAndGet("PRAGMA user_version").getInt();
  if (application != kApplicationId) {
    throw Error("store.003", path_.string(), "is a SQLite database of another program",
                "Name another file with --db; this one was not changed.");
  }
  if (version <= kSchemaVersion) return;
  const std::string newer = "was written by a newer version of Triptych (schema " +
                            std::to_string(version) + ", this one knows " +
                            std::to_string(kSchemaVersion) + ")";
  if (mode_ == Mode::read_write) {
    throw Error("store.004", path_.string(), newer,
                "Use the newer version to write to it, or another file; reading works.");
  }
  knows_tables_ = false;
  notes_.push_back(path_.string() + " " + newer + "; only its views are read.");
}

void Connection::create_schema() {
  const auto is_empty = [&] {
    return database_->execAndGet("SELECT count(*) FROM sqlite_schema").getInt() == 0 &&
           database_->execAndGet("PRAGMA application_id").getInt() == 0;
  };
  if (is_empty()) {
    SQLite::Transaction transaction(*database_, SQLite::TransactionBehavior::IMMEDIATE);
    if (is_empty()) {  // another process may have been first
      database_->exec(kSchema);
      database_->exec("PRAGMA application_id = " + std::to_string(kApplicationId));
      database_->exec("PRAGMA user_version = " + std::to_string(kSchemaVersion));
      transaction.commit();
    }
  }
  require_ours();
}

void Connection::choose_journal(double timeout_s) {
  struct statfs info {};
  const std::string shared =
      statfs(path_.c_str(), &info) == 0 ? shared_file_system(info.f_type) : "";
  const std::string wanted = shared.empty() ? "wal" : "delete";
  if (!shared.empty()) {
    notes_.push_back(path_.string() + " lies on a " + shared +
                     " file system, where write-ahead logging is unsafe: the slower rollback "
                     "journal is used. Write to it from one machine at a time.");
  }
  // Changing the mode needs the file alone for a moment, and SQLite does not always wait for that.
  const double deadline = core::steady_seconds() + timeout_s;
  for (;;) {
    try {
      if (database_->execAndGet("PRAGMA journal_mode").getString() == wanted) return;
      database_->execAndGet("PRAGMA journal_mode = " + wanted);
      return;
    } catch (const SQLite::Exception& failure) {
      if (failure.getErrorCode() != SQLITE_BUSY || core::steady_seconds() > deadline) throw;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }
}

void Connection::require_tables() const {
  if (knows_tables_) return;
  throw Error("store.004", path_.string(),
              "was written by a newer version of Triptych; this version reads only its runs and "
              "their values",
              "Use the newer version.");
}

void Connection::require_writable() const {
  if (mode_ == Mode::read_write) return;
  throw Error("store.001", path_.string(), "was opened for reading only");
}

void Connection::rethrow(const SQLite::Exception& error) const {
  const auto name = path_.string();
  switch (error.getErrorCode() & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      throw Error("store.075", name, "is busy: other processes are writing to it",
                  "Try again in a moment.");
    case SQLITE_FULL:
      throw Error("store.006", name, "the disk (or the quota) is full; nothing was half-written",
                  "Free some space on that disk and run again: finished runs are kept.");
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      throw Error("store.002", name, std::string("is damaged, or no database: ") + error.what(),
                  "Restore it from a backup, or name another file with --db.");
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_IOERR:
      throw Error("store.001", name,
                  std::string("cannot be ") + (mode_ == Mode::read_only ? "read: " : "written: ") +
                      error.what(),
                  "Check that its folder exists and may be written to, or name another file "
                  "with --db.");
    default:
      throw Error("store.008", name, std::string("SQLite reports: ") + error.what());
  }
}

}  // namespace triptych::store
