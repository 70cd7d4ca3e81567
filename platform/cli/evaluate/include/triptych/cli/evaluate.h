#pragma once

namespace triptych::cli {

/// The verb `triptych evaluate`: scores predictions of any tool, without a manifest or training,
/// and stored runs again.
///
/// `argv[0]` is the verb (not read), `argv[1]` the metric (detection3d, semseg, human_parts, depth,
/// normals, saliency, edges) or a run of the results database. The table or, with --json, one JSON
/// document goes to stdout; warnings, errors and progress go to stderr. Returns 0 when done, 1 when
/// the result could not be written or memory ran out, 2 for a usage or input error, 75 when the
/// database is busy.
int run_evaluate(int argc, char** argv);

}  // namespace triptych::cli
