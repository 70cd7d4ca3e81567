#include <gtest/gtest.h>

#include <filesystem>

#include <triptych/core/environment.h>
#include <triptych/report/page.h>

#include "../store/fixture.h"
#include "demo_study.h"

namespace triptych::report {
namespace {

constexpr const char* kBrowser = "/usr/bin/chromium";

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

class Browser : public store::InFolder {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(kBrowser)) GTEST_SKIP() << kBrowser << " is not installed";
    InFolder::SetUp();
  }
  // The document after its script ran, as the browser writes it out.
  std::string document_of(const std::vector<DemoOptions>& studies, const std::string& place = "") {
    auto store = store::Store::open(database(), store::Mode::read_write);
    for (const auto& options : studies) write_demo_study(store, options);
    const auto page = folder_ / "page.html";
    write_page(store, page);
    return core::command_output(
               {kBrowser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
                "--no-first-run", "--disable-background-networking", "--disable-component-update",
                "--disable-sync", "--user-data-dir=" + (folder_ / "profile").string(),
                "--virtual-time-budget=10000", "--dump-dom", "file://" + page.string() + place})
        .value_or("");
  }
};

TEST_F(Browser, ShowsTablesCurvesAndPictures) {
  const auto document = document_of({DemoOptions{}});
  EXPECT_TRUE(holds(document, "data-ready=\"true\""));
  EXPECT_TRUE(holds(document, "<tr data-label=\"hard sharing\""));
  EXPECT_TRUE(holds(document, "<tr data-label=\"single task: depth\""));
  EXPECT_TRUE(holds(document, "class=\"series\""));
  EXPECT_TRUE(holds(document, "<img src=\"data:image/png;base64,"));
  EXPECT_TRUE(holds(document, "Data integrity: ok"));
  EXPECT_TRUE(holds(document, "1 failed"));
}

TEST_F(Browser, ShowsTheStudyAndTheLabelsThatTheAddressNames) {
  DemoOptions other;
  other.study = "another study";
  other.num_seeds = 2;
  const auto document =
      document_of({DemoOptions{}, other}, "#study=streets&filter=hard");  // not the newest
  EXPECT_TRUE(holds(document, "<h1 id=\"title\">streets</h1>"));
  EXPECT_TRUE(holds(document, "1 of 5 labels"));
  EXPECT_TRUE(holds(document, "<tr data-label=\"prompts\" hidden"));
  EXPECT_FALSE(holds(document, "<tr data-label=\"hard sharing\" hidden"));
}

TEST_F(Browser, RunsNothingThatANameHolds) {
  DemoOptions options;
  options.labels = {"</script><script>document.documentElement.id='broken'</script>",
                    "<img src=x onerror=\"document.documentElement.id='broken'\">", "<!--<script>"};
  const auto document = document_of({options});
  EXPECT_TRUE(holds(document, "data-ready=\"true\""));
  EXPECT_FALSE(holds(document, "id=\"broken\""));
  EXPECT_TRUE(holds(document, "&lt;!--&lt;script&gt;"));
}

}  // namespace
}  // namespace triptych::report
