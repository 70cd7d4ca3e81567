// Faults of plugins: each gate names the part, what it did and what was expected.
#include "fixture.h"
#include "triptych/compose/dry_run.h"
#include "triptych/compose/surroundings.h"

namespace triptych::testing {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

// All plugins of the other tests, and the faulty one, which no suite must find.
const host::PluginHost& with_faulty() {
  static const host::PluginHost host([] {
    host::HostOptions options;
    options.path.given = {TRIPTYCH_BINARY_DIR "/plugins", TRIPTYCH_BINARY_DIR "/tests/plugins",
                          TRIPTYCH_BINARY_DIR "/tests/faulty_plugins"};
    options.probes_first = false;
    return options;
  }());
  return host;
}

compose::Request faulty(const std::string& fault) {
  auto request = small_request({"semseg", "depth"});
  const auto defaults = default_params("fusion 'faulty'", with_faulty().spec("fusion", "faulty"));
  request.slots.fusion = {{.use = "faulty", .params = defaults.with("fault", fault)}};
  return request;
}

// The problem that `call` throws; it must name the fusion's place.
Problem thrown_by(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_THAT(error.problem().text(), HasSubstr("fusion 'faulty'"));
    EXPECT_EQ(error.problem().pointer, "/slots/fusion/0");
    return error.problem();
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

struct Fault {
  const char* name;
  const char* code;
};

void PrintTo(const Fault& fault, std::ostream* out) { *out << fault.code << " " << fault.name; }

class InPorts : public ::testing::TestWithParam<Fault> {};
class InForward : public ::testing::TestWithParam<Fault> {};

TEST_P(InPorts, is_refused_by_the_symbolic_gate) {
  const auto problem =
      thrown_by([] { (void)compose::check_contract(faulty(GetParam().name), with_faulty()); });
  EXPECT_EQ(problem.code, GetParam().code);
}

INSTANTIATE_TEST_SUITE_P(Faults, InPorts,
                         ::testing::Values(Fault{"throws in ports", "contract.203"},
                                           Fault{"no levels", "contract.204"},
                                           Fault{"coarsest first", "contract.204"},
                                           Fault{"reads prompts", "contract.208"},
                                           Fault{"differs", "contract.209"}));

TEST_P(InForward, is_refused_by_the_first_pass) {
  const auto request = faulty(GetParam().name);
  const auto problem = thrown_by([&] {
    const auto model = compose::compose(compose::check_contract(request, with_faulty()), 1);
    auto side = context(/*is_training=*/true);
    (void)model->forward(random_images(request), side);
  });
  EXPECT_EQ(problem.code, GetParam().code);
}

INSTANTIATE_TEST_SUITE_P(Faults, InForward,
                         ::testing::Values(Fault{"throws when built", "contract.242"},
                                           Fault{"throws in forward", "contract.241"},
                                           Fault{"wider", "contract.230"},
                                           Fault{"fewer levels", "contract.231"}));

TEST(Faults, in_values_are_found_by_the_dry_run) {
  EXPECT_NO_THROW((void)compose::dry_run(faulty("none"), with_faulty()));
  EXPECT_EQ(thrown_by([] { (void)compose::dry_run(faulty("steep"), with_faulty()); }).code,
            "contract.252");
  try {
    (void)compose::dry_run(faulty("not finite"), with_faulty());
    FAIL() << "NaN passed";
  } catch (const Error& error) {
    EXPECT_EQ(error.problem().code, "contract.250");
  }
}

TEST(Faults, of_a_spec_are_found_by_the_check_of_the_plugin) {
  std::vector<std::string> codes;
  for (const auto& problem :
       compose::check_plugin(with_faulty(), with_faulty().info("fusion", "faulty"))) {
    codes.push_back(problem.code);
  }
  EXPECT_THAT(codes, ::testing::ElementsAre("contract.260", "contract.262"));
}

std::vector<std::string> codes_of_check(const std::string& slot, const std::string& name) {
  std::vector<std::string> codes;
  for (const auto& problem : compose::check_plugin(with_faulty(), with_faulty().info(slot, name))) {
    codes.push_back(problem.code);
  }
  return codes;
}

TEST(Faults, of_a_task_without_a_metric_are_found_by_the_check_of_the_plugin) {
  EXPECT_THAT(codes_of_check("task", "unmeasured"), ::testing::ElementsAre("contract.263"));
}

TEST(Faults, of_hidden_image_sizes_are_found_by_the_check_of_the_plugin) {
  EXPECT_THAT(codes_of_check("fusion", "sized"), ::testing::ElementsAre("contract.264"));
}

TEST(Faults, are_a_composition_that_no_plugin_completes) {
  host::HostOptions options;
  options.path.given = {TRIPTYCH_BINARY_DIR "/tests/faulty_plugins"};
  options.probes_first = false;
  const host::PluginHost alone(options);
  std::vector<std::string> codes;
  for (const auto& problem : compose::check_plugin(alone, alone.info("fusion", "faulty"))) {
    codes.push_back(problem.code);
  }
  EXPECT_THAT(codes, Contains("contract.261"));
}

}  // namespace
}  // namespace triptych::testing
