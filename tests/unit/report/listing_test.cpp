#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <triptych/report/listing.h>

#include "../../store/fixture.h"

namespace triptych::report {
namespace {

using nlohmann::json;
using store::Mode;
using store::Store;
using testing::HasSubstr;

class Listing : public store::InFolder {};

TEST_F(Listing, TellsHowFarAStudyIs) {
  auto store = Store::open(database(), Mode::read_write);
  store.freeze(store::small_plan(3));
  store.writer(*store.claim_next("demo"))->finish("done", "", 7);
  store.writer(*store.claim_next("demo"))->finish("failed", "line one\nline two", 2);

  const auto points = json::parse(points_json("demo", "p/1", store.points("demo")))["points"];
  EXPECT_EQ(points[0]["status"], "done");
  EXPECT_EQ(points[1]["reason"], "line one\nline two");
  EXPECT_EQ(points[2]["status"], "planned");
  EXPECT_TRUE(points[2]["run_id"].is_null());
  const auto text = points_text("demo", "p/1", store.points("demo"));
  EXPECT_THAT(text, HasSubstr("line one line two"));
  EXPECT_THAT(text, HasSubstr("3 points: 1 done, 1 failed, 1 planned"));

  const auto runs = json::parse(runs_json(store.runs()));
  EXPECT_EQ(runs.size(), 2U);
  EXPECT_EQ(runs[0]["steps"], 7);
  EXPECT_TRUE(runs[0]["reason"].is_null());
  EXPECT_THAT(runs_text(store.runs()), HasSubstr("failed"));
  EXPECT_EQ(json::parse(studies_json(store.studies()))[0]["failed"], 1);
  EXPECT_THAT(studies_text(store.studies()), HasSubstr("streets-small/1"));
}

TEST_F(Listing, OfAnEmptyDatabaseSaysSo) {
  auto store = Store::open(database(), Mode::read_write);
  EXPECT_EQ(runs_text(store.runs()), "no runs yet\n");
  EXPECT_EQ(studies_text(store.studies()), "no studies yet\n");
  EXPECT_EQ(json::parse(runs_json(store.runs())), json::array());
}

}  // namespace
}  // namespace triptych::report
