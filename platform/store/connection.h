#pragma once

#include <SQLiteCpp/SQLiteCpp.h>
#include <SQLiteCpp/VariadicBind.h>

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "triptych/store/store.h"

namespace triptych::store {

/// One open database. Not to be shared between threads.
class Connection {
 public:
  Connection(std::filesystem::path path, Mode mode, const OpenOptions& options);

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }
  /// False for a file of a newer version: then only the views may be read.
  [[nodiscard]] bool knows_tables() const { return knows_tables_; }
  /// Error store.004 for a file of a newer version.
  void require_tables() const;
  [[nodiscard]] SQLite::Database& database() { return *database_; }

  /// Runs `work` in one BEGIN IMMEDIATE transaction: all of it or nothing.
  template <typename Work>
  auto immediate(Work&& work) {
    require_writable();
    return translated([&] {
      SQLite::Transaction transaction(*database_, SQLite::TransactionBehavior::IMMEDIATE);
      if constexpr (std::is_void_v<decltype(work())>) {
        work();
        transaction.commit();
      } else {
        auto result = work();
        transaction.commit();
        return result;
      }
    });
  }

  /// Runs `work`, its SQLite errors turned into triptych::Error.
  template <typename Work>
  auto translated(Work&& work) {
    try {
      return work();
    } catch (const SQLite::Exception& error) {
      rethrow(error);
    }
  }

 private:
  void open_for_reading(int timeout_ms);
  void open_for_writing(int timeout_ms);
  void create_schema();
  void choose_journal(double timeout_s);
  void require_ours();
  void require_writable() const;
  [[noreturn]] void rethrow(const SQLite::Exception& error) const;

  std::filesystem::path path_;
  Mode mode_;
  std::unique_ptr<SQLite::Database> database_;
  std::vector<std::string> notes_;
  bool knows_tables_ = true;
};

/// A statement with values bound in order.
template <typename... Values>
SQLite::Statement statement(SQLite::Database& database, const std::string& sql,
                            const Values&... values) {
  SQLite::Statement made(database, sql);
  SQLite::bind(made, values...);
  return made;
}

/// Runs a statement that gives no rows.
template <typename... Values>
int execute(SQLite::Database& database, const std::string& sql, const Values&... values) {
  auto made = statement(database, sql, values...);
  return made.exec();
}

/// Whether write-ahead logging is unsafe on a file system with this `statfs` type (network and user
/// space file systems have no shared memory between machines); names it, or "".
[[nodiscard]] std::string shared_file_system(long type);

}  // namespace triptych::store
