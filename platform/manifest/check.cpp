#include "triptych/manifest/check.h"

#include "checker.h"
#include "triptych/manifest/overrides.h"
#include "triptych/manifest/reader.h"

namespace triptych::manifest {

Checked check_tree(const Node& tree, const SpecSource& specs, const CheckOptions& options) {
  return Checker(specs, options, /*is_stored=*/false).run(tree);
}

Manifest load_manifest(const std::string& path, const std::vector<std::string>& overrides,
                       const SpecSource& specs, CheckOptions options) {
  if (options.manifest_path.empty()) options.manifest_path = path;
  auto tree = read_manifest(path);
  std::vector<Problem> problems;
  apply_overrides(parse_overrides(overrides, problems), tree, problems);
  auto checked = check_tree(tree, specs, options);
  problems.insert(problems.end(), checked.problems.begin(), checked.problems.end());
  sort_problems(problems, options.manifest_path);
  if (!problems.empty()) throw Error(shown(std::move(problems)));
  return std::move(*checked.manifest);
}

std::vector<Problem> shown(std::vector<Problem> problems) {
  if (problems.size() <= kMaxShown) return problems;
  const auto rest = problems.size() - kMaxShown;
  problems.resize(kMaxShown);
  problems.push_back(
      {.code = "manifest.190",
       .message = "and " + std::to_string(rest) + " more" + (rest == 1 ? " problem" : " problems"),
       .suggestion = "Mend these first."});
  return problems;
}

std::string canonical_text(const Manifest& manifest) { return canonical_text(to_tree(manifest)); }

Manifest from_canonical(const std::string& text, const SpecSource& specs) {
  const auto tree = parse_json(text, "stored manifest");
  auto checked = Checker(specs, {}, /*is_stored=*/true).run(tree);
  if (!checked.problems.empty()) throw Error(shown(std::move(checked.problems)));
  return std::move(*checked.manifest);
}

}  // namespace triptych::manifest
