#include "demo_study.h"

#include <zlib.h>

#include <cmath>
#include <random>

namespace triptych::report {
namespace {

void append_u32(std::vector<std::uint8_t>& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8)
    out.push_back(static_cast<std::uint8_t>(value >> shift));
}

// One PNG chunk: length, type, content, CRC over type and content.
void append_chunk(std::vector<std::uint8_t>& out, const std::string& type,
                  const std::vector<std::uint8_t>& content) {
  append_u32(out, static_cast<std::uint32_t>(content.size()));
  const std::size_t start = out.size();
  out.insert(out.end(), type.begin(), type.end());
  out.insert(out.end(), content.begin(), content.end());
  append_u32(out, static_cast<std::uint32_t>(
                      crc32(0, out.data() + start, static_cast<uInt>(out.size() - start))));
}

constexpr int kSteps = 600;

struct Quality {
  double miou, rmse, p50_ms;
};

// Gains of later labels are invented: a little better in semseg, mixed in depth, slower.
Quality quality_of(const std::string& role, std::size_t label_index, std::mt19937& random) {
  std::normal_distribution<double> noise;
  const double gain = role == "single_task" ? 0 : 0.015 * static_cast<double>(label_index + 1);
  return {.miou = 0.41 + gain + 0.006 * noise(random),
          .rmse = 5.9 - 6 * gain + 0.25 * noise(random),
          .p50_ms = 6.1 + 2.4 * static_cast<double>(label_index) + 0.1 * noise(random)};
}

void write_curves(store::RunWriter& writer, const std::vector<std::string>& tasks,
                  const Quality& quality, std::mt19937& random) {
  std::normal_distribution<double> noise;
  for (int step = 10; step <= kSteps; step += 10) {
    const double progress = 1 - std::exp(-step / 150.0);
    for (const auto& task : tasks) {
      writer.curve({.step = step,
                    .task = task,
                    .metric = "loss",
                    .split = "train",
                    .value = 2.2 - 1.7 * progress + 0.05 * noise(random)});
    }
    if (step % 100 != 0) continue;
    for (const auto& task : tasks) {
      const bool is_depth = task == "depth";
      writer.curve({.step = step,
                    .task = task,
                    .metric = is_depth ? "rmse" : "mIoU",
                    .split = "val",
                    .value = is_depth ? quality.rmse + 8 * (1 - progress)
                                      : quality.miou * progress + 0.004 * noise(random)});
    }
  }
}

void write_results(store::RunWriter& writer, const std::vector<std::string>& tasks,
                   const Quality& quality) {
  for (const auto& task : tasks) {
    const bool is_depth = task == "depth";
    writer.final_metric({.task = task,
                         .metric = is_depth ? "rmse" : "mIoU",
                         .split = "test",
                         .variant = is_depth ? "pooled" : "official",
                         .value = is_depth ? quality.rmse : quality.miou,
                         .unit = is_depth ? "m" : "",
                         .direction = is_depth ? "lower" : "higher",
                         .is_main = true});
    writer.final_metric({.task = task,
                         .metric = is_depth ? "abs_rel" : "pixel_accuracy",
                         .split = "test",
                         .variant = is_depth ? "pooled" : "official",
                         .value = is_depth ? quality.rmse / 20 : 0.5 + quality.miou / 2,
                         .unit = "",
                         .direction = is_depth ? "lower" : "higher"});
  }
  const auto latency = [&](std::string_view statistic, double value) {
    writer.probe({.probe = "latency",
                  .part = "total",
                  .statistic = statistic,
                  .value = value,
                  .unit = statistic == "samples" ? "" : "ms",
                  .validity = "VALID",
                  .reason = ""});
  };
  latency("p50_ms", quality.p50_ms);
  latency("p90_ms", quality.p50_ms * 1.14);
  latency("samples", 128);
  writer.probe({.probe = "energy",
                .part = "total",
                .statistic = "mj_per_image",
                .value = std::nullopt,
                .unit = "mJ",
                .validity = std::nullopt,
                .reason = "this machine has no energy counter"});
}

void write_pictures(store::RunWriter& writer, const std::vector<std::string>& tasks,
                    const DemoOptions& options, unsigned seed) {
  for (int image = 0; image < options.num_images; ++image) {
    const auto id = "test/" + std::to_string(image);
    const auto add = [&](std::string_view kind, std::string_view task, unsigned colours) {
      const auto png = demo_png(192, 96, colours);
      writer.picture(
          {.name = kind, .step = kSteps, .task = task, .kind = kind, .image_id = id, .png = png});
    };
    const auto base = static_cast<unsigned>(10 * image);
    add("input", "", base);
    unsigned offset = 1;
    for (const auto& task : tasks) {
      add("target", task, base + offset);
      add("prediction", task, base + offset + 100 * seed);
      ++offset;
    }
  }
}

void run_point(store::Store& store, const DemoOptions& options, std::size_t label_index,
               std::mt19937& random) {
  const auto claim =
      store.claim_next(options.study, {.only = {}, .device = "cpu", .retry_failed_before = ""});
  const auto& point = claim->point;
  std::vector<std::string> tasks = {"semseg", "depth"};
  if (point.role == "single_task") tasks = {point.label.ends_with("depth") ? "depth" : "semseg"};
  const auto writer = store.writer(*claim);
  writer->describe({{.slot = "encoder",
                     .name = "swin",
                     .file = "/opt/triptych/plugins/encoder/swin.so",
                     .source_hash = std::string(64, 'a'),
                     .sha256 = std::string(64, 'b')},
                    {.slot = "fusion",
                     .name = "gated",
                     .file = "/opt/triptych/plugins/fusion/gated.so",
                     .source_hash = std::string(64, 'c'),
                     .sha256 = std::string(64, 'd')}},
                   {{"cpu_model", "made-up CPU"},
                    {"cpu_cores", "2"},
                    {"host", "secrethost"},
                    {"compiler", "clang 16"},
                    {"torch", "2.13.0"}});
  const auto quality = quality_of(point.role, label_index, random);
  write_curves(*writer, tasks, quality, random);
  write_results(*writer, tasks, quality);
  write_pictures(*writer, tasks, options, static_cast<unsigned>(point.seed));
  writer->warn("data.011",
               "one image of /home/secretuser/data/streets was read twice on secrethost");
  writer->finish("done", "", kSteps);
}

}  // namespace

std::vector<std::uint8_t> demo_png(int width, int height, unsigned seed) {
  std::vector<std::uint8_t> pixels;
  std::mt19937 random(seed + 1);
  const int horizon = height / 3 + static_cast<int>(random() % static_cast<unsigned>(height / 6));
  const unsigned tint = static_cast<unsigned>(random());
  for (int y = 0; y < height; ++y) {
    pixels.push_back(0);  // no filter
    for (int x = 0; x < width; ++x) {
      const bool is_sky = y < horizon;
      const bool is_object =
          !is_sky && ((x / 24 + static_cast<int>(tint % 5)) % 3 == 0) && y < 3 * height / 4;
      for (int channel = 0; channel < 3; ++channel) {
        const unsigned base = (tint >> (8 * channel)) & 0x7f;
        const int shade = is_sky ? 120 + y : is_object ? 30 : 80 + (x + y) / 8;
        pixels.push_back(static_cast<std::uint8_t>(std::min(255, static_cast<int>(base) + shade)));
      }
    }
  }
  uLongf size = compressBound(static_cast<uLong>(pixels.size()));
  std::vector<std::uint8_t> packed(size);
  compress(packed.data(), &size, pixels.data(), static_cast<uLong>(pixels.size()));
  packed.resize(size);

  std::vector<std::uint8_t> png = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
  std::vector<std::uint8_t> header;
  append_u32(header, static_cast<std::uint32_t>(width));
  append_u32(header, static_cast<std::uint32_t>(height));
  for (const int byte : {8, 2, 0, 0, 0}) header.push_back(static_cast<std::uint8_t>(byte));
  append_chunk(png, "IHDR", header);
  append_chunk(png, "IDAT", packed);
  append_chunk(png, "IEND", {});
  return png;
}

void write_demo_study(store::Store& store, const DemoOptions& options) {
  store::Plan plan{
      .study = options.study, .protocol = "streets-small/1", .manifest = "{}", .points = {}};
  std::vector<std::size_t> label_indices;
  const auto add = [&](const std::string& label, const std::string& role, int seed,
                       std::size_t index) {
    plan.points.push_back(
        {.point_id = options.study + label + std::to_string(seed),
         .role = role,
         .label = label,
         .seed = seed,
         .manifest = R"({"name": "streets", "data": {"root": "/home/secretuser/data/streets"},)"
                     R"( "slots": {"encoder": {"use": "swin"}, "prompt": [], "fusion": []}})",
         .serves_as = {}});
    label_indices.push_back(index);
  };
  for (int seed = 1; seed <= options.num_seeds; ++seed) {
    for (const auto* task : {"semseg", "depth"}) {
      add(std::string("single task: ") + task, "single_task", seed, 0);
    }
    for (std::size_t i = 0; i < options.labels.size(); ++i)
      add(options.labels[i], "variant", seed, i);
  }
  add("wider prompts", "variant", 1, 0);
  store.freeze(plan);
  std::mt19937 random(5);
  for (std::size_t i = 0; i + 1 < plan.points.size(); ++i) {
    run_point(store, options, label_indices[i], random);
  }
  const auto last = store.claim_next(options.study);
  store.writer(*last)->finish("failed", "the loss of depth is NaN at step 37", 37);
}

}  // namespace triptych::report
