# cmake -DINPUT=file -DOUTPUT=unit.cpp -P embed.cmake: a unit that holds the file's bytes.
file(READ "${INPUT}" digits HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${digits}")
file(WRITE "${OUTPUT}" "#include \"template.h\"

namespace triptych::report {
namespace {
constexpr char kTemplate[] = {
${bytes}'\\0'};
}  // namespace

std::string_view page_template() { return {kTemplate, sizeof kTemplate - 1}; }

}  // namespace triptych::report
")
