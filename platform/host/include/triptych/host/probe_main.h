#pragma once

namespace triptych::host {

/// The whole of the program triptych-plugin-probe. Arguments: for each file its slot, name and
/// path. Opens each and writes what it found to file descriptor 3. Never returns to static
/// destructors.
[[noreturn]] void probe_main(int argc, char** argv);

}  // namespace triptych::host
