#!/usr/bin/env bash
# Steps of tests/install: see CMakeLists.txt there, which sets the variables that are used here.
set -euo pipefail
prefix="$WORK/prefix dir"  # with a space: paths are quoted everywhere

fail() { echo "FAILED: $*" >&2; exit 1; }

# probe SLOT NAME FILE: what the installed program's loader says of a file, fields one a line.
probe() {
  "$prefix/bin/triptych-plugin-probe" "$1" "$2" "$3" 3>"$WORK/record"
  tr '\036\037' '\n\n' <"$WORK/record" | sed -n '/^result$/,$p'
}

# expect_sound SLOT NAME FILE: it loads, which a record of four fields says.
expect_sound() {
  local lines
  lines=$(probe "$@")
  [ "$(wc -l <<<"$lines")" -eq 4 ] || fail "$3 does not load: $lines"
}

source_hash_of() { probe "$@" | sed -n 3p; }

# configure FOLDER COMPILER OPTIONS...: a project outside the tree, against the installed package.
configure() {
  local folder=$1 compiler=$2
  shift 2
  "$CMAKE" -S "$folder" -B "$folder/build" -G "$GENERATOR" "-DCMAKE_PREFIX_PATH=$prefix" \
    "-DCMAKE_CXX_COMPILER=$compiler" ${CCACHE:+"-DCMAKE_CXX_COMPILER_LAUNCHER=$CCACHE"} "$@"
}

installs() {
  rm -rf "$prefix"
  "$CMAKE" --install "$BUILD" --prefix "$prefix" >"$WORK/install.log" || { cat "$WORK/install.log"; exit 1; }
  local file
  for file in bin/triptych-plugin-probe bin/triptych-source-hash lib/libtriptych_sdk.a include/triptych/plugin.h \
    include/triptych/slot_hashes.h lib/cmake/Triptych/TriptychConfig.cmake lib/triptych/plugins/fusion/gated.so; do
    [ -e "$prefix/$file" ] || fail "$file was not installed"
  done
  expect_sound fusion gated "$prefix/lib/triptych/plugins/fusion/gated.so"
}

builds_a_plugin_elsewhere() {
  local own="$WORK/own plugins"
  rm -rf "$own"
  mkdir -p "$own"
  cp "$SOURCE/tests/install/own_plugins/CMakeLists.txt" "$SOURCE/plugins/fusion/gated.cpp" "$own"
  sed 's/Spec("gated"/Spec("half_gated"/; s/fusion .gated./fusion '"'half_gated'"'/' "$own/gated.cpp" >"$own/half_gated.cpp"
  configure "$own" "$OWN_CXX" -DTRIPTYCH_PRECOMPILE=ON
  "$CMAKE" --build "$own/build"
  expect_sound fusion gated "$own/build/plugins/fusion/gated.so"
  expect_sound fusion half_gated "$own/build/plugins/fusion/half_gated.so"
  local in_tree outside changed
  in_tree=$(source_hash_of fusion gated "$prefix/lib/triptych/plugins/fusion/gated.so")
  outside=$(source_hash_of fusion gated "$own/build/plugins/fusion/gated.so")
  changed=$(source_hash_of fusion half_gated "$own/build/plugins/fusion/half_gated.so")
  [ "$in_tree" = "$outside" ] || fail "the same source has hash $in_tree in the tree and $outside outside"
  [ "$in_tree" != "$changed" ] || fail "a changed source has the same hash"
}

# The installed program lists the plugin, trains with it and records it.
runs_the_plugin() {
  local plugins="$WORK/own plugins/build/plugins" database="$WORK/own.db"
  export XDG_CACHE_HOME="$WORK/cache"
  rm -f "$database" "$database"-*
  "$prefix/bin/triptych" list plugins --plugin-dir "$plugins" --json >"$WORK/plugins.json"
  python3 - "$WORK/plugins.json" "$plugins" <<'END'
import json, sys
rows = {(row["slot"], row["name"]): row for row in json.load(open(sys.argv[1]))}
for name in ("gated", "half_gated"):
    row = rows["fusion", name]
    assert row["status"] == "ok" and row["file"] == f"{sys.argv[2]}/fusion/{name}.so", row
END
  "$prefix/bin/triptych" plugins check "$plugins/fusion/half_gated.so"
  (cd "$WORK" && "$prefix/bin/triptych" run "$SOURCE/tests/install/own_plugins/own.json" \
    --plugin-dir "$plugins" --db "$database")
  python3 - "$database" "$plugins" <<'END'
import sqlite3, sys
store = sqlite3.connect(sys.argv[1])
assert store.execute("select status, steps from v_run").fetchall() == [("done", 5)]
row = store.execute("select file, source_hash from v_plugin where name = 'half_gated'").fetchone()
assert row[0] == f"{sys.argv[2]}/fusion/half_gated.so" and len(row[1]) == 64, row
assert store.execute("select count(*) from v_metric_final").fetchone()[0] > 0
END
}

builds_with_the_other_compiler() {
  local own="$WORK/other compiler"
  rm -rf "$own"
  mkdir -p "$own"
  cp "$SOURCE/tests/install/own_plugins/CMakeLists.txt" "$SOURCE/plugins/fusion/gated.cpp" "$own"
  configure "$own" "$OTHER_CXX"
  "$CMAKE" --build "$own/build"
  expect_sound fusion gated "$own/build/plugins/fusion/gated.so"
}

installed_headers_name_no_build_folder() {
  local found
  found=$(grep -rlF -e "$BUILD" -e "$SOURCE/platform" "$prefix/include" "$prefix/lib/cmake" "$prefix/share" || true)
  [ -z "$found" ] || fail "these name the build: $found"
  found=$(readelf -d "$prefix"/bin/* "$prefix"/lib/triptych/plugins/*/*.so | grep -E 'R(UN)?PATH' | grep -F "$BUILD" || true)
  [ -z "$found" ] || fail "an RPATH names the build: $found"
}

mkdir -p "$WORK"
"$1"
echo "ok: $1"
