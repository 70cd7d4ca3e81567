#include "triptych/store/store.h"

#include "connection.h"

namespace triptych::store {

Store::Store(std::shared_ptr<Connection> connection) : connection_(std::move(connection)) {}

Store Store::open(const std::filesystem::path& path, Mode mode, const OpenOptions& options) {
  return Store(std::make_shared<Connection>(path, mode, options));
}

const std::filesystem::path& Store::path() const { return connection_->path(); }

const std::vector<std::string>& Store::notes() const { return connection_->notes(); }

}  // namespace triptych::store
