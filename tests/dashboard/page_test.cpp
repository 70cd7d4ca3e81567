#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include <triptych/error.h>
#include <triptych/report/page.h>

#include "../../platform/report/encode.h"
#include "../../platform/report/redact.h"
#include "../store/fixture.h"
#include "demo_study.h"

namespace triptych::report {
namespace {

using nlohmann::json;
using store::Mode;
using store::Store;
using testing::HasSubstr;

class PageTest : public store::InFolder {
 protected:
  void SetUp() override {
    InFolder::SetUp();
    store_ = std::make_unique<Store>(Store::open(database(), Mode::read_write));
  }
  std::unique_ptr<Store> store_;
};

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_F(PageTest, HoldsWhatTheDatabaseHolds) {
  write_demo_study(*store_);
  const auto html = render_page(collect_page(*store_));
  const auto data = json::parse(read_block(html, "triptych-data"));
  EXPECT_EQ(data["format"], 1);
  EXPECT_EQ(data["title"], "streets");
  const auto& study = data["studies"][0];
  EXPECT_EQ(study["protocol"], "streets-small/1");
  EXPECT_EQ(study["runs"].size(), 13U);  // 3 seeds of 4 labels, and the failed one
  EXPECT_EQ(study["runs"][12]["status"], "failed");
  EXPECT_EQ(study["comparison"], json::parse(to_json(compare(*store_, {"streets"})))["rows"]);
  EXPECT_THAT(study["notes"][0].get<std::string>(), HasSubstr("1 failed"));
  const auto pictures = json::parse(read_block(html, "triptych-pictures"));
  const auto& shown = study["pictures"][0];
  const auto png =
      from_base64(pictures["pngs"][shown["png"].get<std::size_t>()].get<std::string>());
  EXPECT_EQ(png.substr(0, 4), "\x89PNG");
}

TEST_F(PageTest, KeepsEachPictureOnce) {
  write_demo_study(*store_);
  const auto page = collect_page(*store_);
  // Per image: 1 input and 2 targets that all runs share, and 2 predictions for each of 3 seeds.
  EXPECT_EQ(page.pngs.size(), 2U * (1 + 2 + 2 * 3));
  EXPECT_GT(page.studies[0].pictures.size(), page.pngs.size());
}

TEST_F(PageTest, LeavesPicturesOutRatherThanGrowingWithoutEnd) {
  write_demo_study(*store_);
  PageOptions options;
  options.most_picture_bytes = 1000;
  const auto page = collect_page(*store_, options);
  std::size_t size = 0;
  for (const auto& png : page.pngs) size += png.size();
  EXPECT_LE(size, 1000U);
  EXPECT_THAT(page.studies[0].comparison.notes, testing::Contains(HasSubstr("left out")));
}

TEST_F(PageTest, IsTheSameBytesForTheSameDatabase) {
  write_demo_study(*store_);
  EXPECT_EQ(render_page(collect_page(*store_)), render_page(collect_page(*store_)));
}

TEST_F(PageTest, CannotBeBrokenOutOfByAName) {
  const std::string hostile = "</script><script>window.broken=1</script><!--<script>&\"'";
  DemoOptions options;
  options.study = "x</title><script>alert(1)</script>";
  options.labels = {hostile};
  write_demo_study(*store_, options);
  const auto html = render_page(collect_page(*store_));
  EXPECT_FALSE(holds(html, "<script>window"));
  EXPECT_FALSE(holds(html, "<script>alert"));
  EXPECT_EQ(count_of(html, "<script"), 3U);  // two blocks and the program
  EXPECT_EQ(count_of(html, "</script>"), 3U);
  const auto data = json::parse(read_block(html, "triptych-data"));
  EXPECT_EQ(data["studies"][0]["name"], options.study);  // exact, inside
  EXPECT_EQ(data["studies"][0]["runs"][2]["label"], hostile);
}

TEST_F(PageTest, SurvivesTextThatIsNoUtf8) {
  DemoOptions options;
  options.labels = {"bad \xff\xfe bytes"};
  write_demo_study(*store_, options);
  const auto html = render_page(collect_page(*store_));
  EXPECT_TRUE(json::accept(read_block(html, "triptych-data")));
}

TEST_F(PageTest, TellsNoHostNoUserAndNoFolder) {
  write_demo_study(*store_);
  const auto html = render_page(collect_page(*store_));
  for (const auto& text : std::vector<std::string>{html, read_block(html, "triptych-data")}) {
    for (const auto* secret : {"secrethost", "secretuser", "/opt/triptych", "/home/"}) {
      EXPECT_FALSE(holds(text, secret)) << secret;
    }
  }
  EXPECT_TRUE(holds(read_block(html, "triptych-data"), ".../streets"));
}

TEST_F(PageTest, WithAStudyThatHasNotRunShowsIt) {
  store_->freeze(store::small_plan(2));
  const auto data = json::parse(read_block(render_page(collect_page(*store_)), "triptych-data"));
  EXPECT_TRUE(data["studies"][0]["comparison"].empty());
}

TEST_F(PageTest, OfAnUnknownStudyIsAnError) {
  PageOptions options;
  options.study = "nothing";
  EXPECT_THROW((void)collect_page(*store_, options), Error);
}

TEST_F(PageTest, ThinsLongCurvesButKeepsTheirSpikes) {
  store_->freeze(store::small_plan(1));
  const auto writer = store_->writer(*store_->claim_next("demo"));
  for (int step = 1; step <= 5000; ++step) {
    writer->curve({.step = step,
                   .task = "a",
                   .metric = "loss",
                   .split = "train",
                   .value = step == 3137 ? 1000.0 : 1.0});
  }
  writer->finish("done", "", 5000);
  const auto page = collect_page(*store_);
  const auto& series = page.studies[0].charts[0].series[0];
  EXPECT_LE(series.steps.size(), 402U);
  EXPECT_EQ(series.steps.front(), 1);
  EXPECT_EQ(series.steps.back(), 5000);
  EXPECT_THAT(series.values, testing::Contains(1000.0));
}

TEST_F(PageTest, IsWrittenWholeOrNotAtAll) {
  write_demo_study(*store_);
  write_page(*store_, folder_ / "new" / "page.html");
  EXPECT_TRUE(std::filesystem::exists(folder_ / "new" / "page.html"));
  EXPECT_THROW(write_page(*store_, "/dev/null/page.html"), Error);
}

TEST_F(PageTest, ABlockThatWasChangedIsRefused) {
  write_demo_study(*store_);
  auto html = render_page(collect_page(*store_));
  const auto at = html.find("data-sha256=\"") + 13;
  html[at] = html[at] == '0' ? '1' : '0';
  const auto code = [](const std::string& page) {
    try {
      return read_block(page, "triptych-data");
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), testing::HasSubstr("triptych report"));
      return error.problem().code;
    }
  };
  EXPECT_EQ(code(html), "report.004");
  EXPECT_EQ(code("<p>no page</p>"), "report.004");
}

TEST(Encoding, ComesBack) {
  for (const std::string& text :
       {std::string(), std::string("a"), std::string("ab\0c", 4), std::string(300'000, 'x')}) {
    EXPECT_EQ(inflate_raw(deflate_raw(text)), text);
    EXPECT_EQ(from_base64(to_base64(text)), text);
  }
  EXPECT_EQ(to_base64("Man"), "TWFu");  // RFC 4648's own kind of example
  EXPECT_EQ(to_base64("Ma"), "TWE=");
  EXPECT_THROW((void)from_base64("a"), Error);
  EXPECT_THROW((void)inflate_raw("no deflate stream at all"), Error);
}

TEST(Encoding, DropsBidirectionalMarksFromTitles) {
  EXPECT_EQ(html_text("a\xe2\x80\xae<b>\xe2\x81\xa6 &\n"), "a&lt;b&gt; &amp; ");
  EXPECT_EQ(html_text("\xe4\xb8\xad\xe6\x96\x87"), "\xe4\xb8\xad\xe6\x96\x87");
}

TEST(Redaction, TakesOutFoldersAndHosts) {
  Redaction redaction;
  redaction.add_host("bighost");
  redaction.add_host("gpu");  // short: a word of its own
  EXPECT_EQ(redaction.text("cannot read '/home/ann/x/a.png' on bighost (gpu)"),
            "cannot read '.../a.png' on (host) (gpu)");
  EXPECT_EQ(redaction.text("exp.json:1:2: /slots/fusion/0/gate: unknown"),
            "exp.json:1:2: /slots/fusion/0/gate: unknown");
  EXPECT_EQ(redaction.text("bighosts 1/2 and / alone"), "bighosts 1/2 and / alone");
  EXPECT_EQ(json::parse(redaction.json(R"({"a": ["/x/y/z", 1, []], "b": {}})")),
            json::parse(R"({"a": [".../z", 1, []], "b": {}})"));
}

// dashboard/dist/template.html is what dashboard/build.cmake makes of dashboard/src.
TEST(Template, IsCurrent) {
  const std::string root = TRIPTYCH_SOURCE_DIR;
  const std::string made = testing::TempDir() + "/template.html";
  const std::string command = std::string("'") + TRIPTYCH_CMAKE + "' '-DOUTPUT=" + made + "' -P '" +
                              root + "/dashboard/build.cmake'";
  ASSERT_EQ(std::system(command.c_str()), 0);
  const auto content = [](const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  EXPECT_TRUE(content(made) == content(root + "/dashboard/dist/template.html"))
      << "run: cmake -P dashboard/build.cmake";
}

TEST(Template, AsksNobodyForAnything) {
  std::ifstream file(std::string(TRIPTYCH_SOURCE_DIR) + "/dashboard/dist/template.html");
  const std::string page(std::istreambuf_iterator<char>(file), {});
  EXPECT_TRUE(holds(page, "default-src 'none'"));
  EXPECT_EQ(count_of(page, "http"), 2U);  // "http-equiv", and the name of the SVG namespace
  for (const auto* call :
       {"innerHTML", "insertAdjacentHTML", "document.write", "eval(", "fetch("}) {
    EXPECT_FALSE(holds(page, call)) << call;
  }
}

}  // namespace
}  // namespace triptych::report
