// Stands in for libFuzzer's main where clang's runtime is not installed: runs the corpus, then
// random mutations of it until -max_total_time (seconds) is over. Takes libFuzzer's options; the
// input that is being tried lies under -artifact_prefix while it runs, so that a crash leaves it
// there.
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, unsigned long size);

namespace {

using Input = std::vector<unsigned char>;

std::vector<Input> read_corpus(const std::vector<std::string>& folders) {
  std::vector<Input> corpus;
  for (const auto& folder : folders) {
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      std::ifstream in(entry.path(), std::ios::binary);
      corpus.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    }
  }
  if (corpus.empty()) corpus.emplace_back();
  return corpus;
}

Input mutated(const std::vector<Input>& corpus, std::mt19937& random) {
  static const std::vector<std::string> kWords{
      "null", "NaN", "-Infinity", "1e999",           "[", "{", "\"", "-1", "\"modal\"",
      "True", "(",   ",",         "\xff\xff\xff\xff"};
  Input input = corpus[random() % corpus.size()];
  for (unsigned i = 0; i <= random() % 4; ++i) {
    const auto at = input.empty() ? 0 : random() % (input.size() + 1);
    const auto here = input.begin() + static_cast<std::ptrdiff_t>(at);
    const auto& word = kWords[random() % kWords.size()];
    const auto& other = corpus[random() % corpus.size()];
    switch (random() % 6) {
      case 0:
        if (at < input.size()) input[at] ^= static_cast<unsigned char>(1u << random() % 8);
        break;
      case 1:
        if (at < input.size()) input[at] = static_cast<unsigned char>(random());
        break;
      case 2:
        input.insert(here, word.begin(), word.end());
        break;
      case 3:
        input.erase(here, here + static_cast<std::ptrdiff_t>(
                                     std::min<std::size_t>(random() % 16, input.size() - at)));
        break;
      case 4:
        input.resize(at);
        break;
      default:
        input.insert(here, other.begin(),
                     other.begin() + static_cast<std::ptrdiff_t>(random() % (other.size() + 1)));
    }
    if (input.size() > 20000) input.resize(20000);
  }
  return input;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> folders;
  std::string prefix = "./crash-";
  double seconds = 20;
  unsigned seed = 1;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    const auto value = argument.substr(argument.find('=') + 1);
    if (argument.starts_with("-max_total_time=")) seconds = std::stod(value);
    if (argument.starts_with("-seed=")) seed = static_cast<unsigned>(std::stoul(value));
    if (argument.starts_with("-artifact_prefix=")) prefix = value;
    if (!argument.starts_with("-")) folders.push_back(argument);
  }
  const auto corpus = read_corpus(folders);
  for (const auto& input : corpus) LLVMFuzzerTestOneInput(input.data(), input.size());
  std::mt19937 random(seed);
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  unsigned long runs = 0;
  for (; std::chrono::steady_clock::now() < end; ++runs) {
    const auto input = mutated(corpus, random);
    std::ofstream(prefix + "input", std::ios::binary)
        .write(reinterpret_cast<const char*>(input.data()),
               static_cast<std::streamsize>(input.size()));
    LLVMFuzzerTestOneInput(input.data(), input.size());
  }
  std::filesystem::remove(prefix + "input");
  std::cout << "ran " << corpus.size() << " inputs of the corpus and " << runs
            << " mutations of them\n";
  return 0;
}
