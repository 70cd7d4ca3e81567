// The verb as a program of its own, for tests of the whole command line.
#include "triptych/cli/evaluate.h"

int main(int argc, char** argv) { return triptych::cli::run_evaluate(argc, argv); }
