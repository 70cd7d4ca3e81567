#include "triptych/host/probe_main.h"

int main(int argc, char** argv) { triptych::host::probe_main(argc, argv); }
