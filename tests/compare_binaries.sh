#!/usr/bin/env bash
# Compares what two plaudit binaries write and print, byte for byte, and tells what differs.
#
#   tests/compare_binaries.sh OLD NEW
#
# Both run the bundled data set twice, the second run continuing the first, answer questions about the result, and run
# every kernel on edge lists. Where the Higgs data lies in $PLAUDIT_DATA/higgs or in ../shared/data/higgs, both run it
# twice as well. Of manifest.json the keys and the numbers are compared, but for times and memory; of
# _SUCCESS nothing, since it holds the digest of the manifest. Exit status: 0 equal, 1 different, 2 not run.
set -uo pipefail

if [ $# -ne 2 ] || [ ! -x "$1" ] || [ ! -x "$2" ]; then
  echo "usage: $0 OLD NEW (two plaudit binaries)" >&2
  exit 2
fi
absolute() { (cd "$(dirname "$1")" && printf '%s/%s\n' "$PWD" "$(basename "$1")"); }
old=$(absolute "$1") new=$(absolute "$2")
cd "$(dirname "$0")/.." || exit 2
root=$PWD
higgs="${PLAUDIT_DATA:-$root/../shared/data}/higgs"
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT

if command -v sha256sum >/dev/null; then digest() { sha256sum; }; else digest() { shasum -a 256; }; fi

# ask NAME ARGUMENTS...: what the command prints goes to answers/NAME, its exit status with it.
ask() {
  local name=$1
  shift
  "$binary" "$@" >"answers/$name" 2>errors || { echo "exit $?" >>"answers/$name"; sed 's/^/  /' errors >&2; }
}

# kernels NAME EDGES: every kernel on an edge list.
kernels() {
  local name=$1 edges=$2
  ask "$name.pagerank" algo pagerank "$edges"
  ask "$name.pagerank-jacobi" algo pagerank "$edges" --solver jacobi --rounds 20
  ask "$name.leiden" algo leiden "$edges" --hierarchy
  ask "$name.leiden-directed" algo leiden "$edges" --quality directed --min-size 5
  ask "$name.leiden-cpm" algo leiden "$edges" --quality cpm --resolution 0.01 --undirected --converge
  ask "$name.label-propagation" algo label-propagation "$edges"
  ask "$name.hits" algo hits "$edges"
  ask "$name.core-numbers" algo core-numbers "$edges"
  ask "$name.components" algo components "$edges"
  ask "$name.reach" algo reach "$edges" --hops 3
  ask "$name.cohort" algo cohort "$edges" --size 20
  ask "$name.stats" algo stats "$edges"
}

# questions NAME STORE: what can be asked of a finished run.
questions() {
  local name=$1 store=$2 column
  for column in score pagerank reach decayed-reach strength audience core-number hub authority amplification; do
    ask "$name.top-$column" top -n 200 --by "$column" --format csv --store "$store"
  done
  ask "$name.top-json" top -n 50 --format json --store "$store"
  ask "$name.prospects" prospects -n 200 --format csv --store "$store"
  ask "$name.communities" communities -n 500 --format csv --store "$store"
  ask "$name.community" communities show 0 --format json --store "$store"
  ask "$name.invite" communities invite 0 -n 50 --format csv --store "$store"
}

# Manifests without what may differ: the keys with their depth, and the numbers that are no times and no memory.
manifest_keys() { sed -n 's/^\( *\)\("[^"]*"\):.*/\1\2/p' "$1"; }
manifest_numbers() {
  grep -E '^ *"[^"]*": (-?[0-9][^"]*|true|false|null),?$' "$1" |
    grep -vE '"(seconds|peak_rss_bytes|bytes|[a-z_]*(seconds|bytes|rss|memory))"'
}

# keep_run STORE NAME: keeps the files of the current run of a store below NAME and leaves the run in place.
keep_run() {
  local store=$1 name=$2
  mkdir -p "runs/$name"
  if ! cp -R "$store/current/." "runs/$name" 2>/dev/null; then
    echo "no run was published" >"runs/$name/missing"
    return
  fi
  manifest_keys "runs/$name/manifest.json" >"runs/$name/manifest.keys"
  manifest_numbers "runs/$name/manifest.json" >"runs/$name/manifest.numbers"
  rm -f "runs/$name/manifest.json" "runs/$name/_SUCCESS"
}

# quickstart: the first run lacks the newest tenth of every event file.
quickstart() {
  local file rows
  cp -R "$root/datasets/quickstart" quickstart && rm -rf quickstart/out
  sed 's|^output = .*|output = "../quick"|' "$root/datasets/quickstart/plaudit.toml" >quickstart/plaudit.toml
  for file in quickstart/events/*; do
    rows=$(wc -l <"$file")
    head -n $((rows * 9 / 10)) "$root/datasets/$file" >"$file"
  done
  ask quickstart.first run -c quickstart/plaudit.toml --quiet
  keep_run quick quickstart-1
  cp "$root"/datasets/quickstart/events/* quickstart/events/
  ask quickstart.second run -c quickstart/plaudit.toml --quiet
  keep_run quick quickstart-2
  questions quickstart quick
  ask quickstart.personalized top --personalised-to tier:star -n 50 --format csv --store quick
  ask quickstart.cohort cohort -n 20 --max-per-community 3 --format csv --store quick
  ask quickstart.cohort-json cohort -n 10 --at-least tier:voice=2 --quota tier:star=2 --format json --store quick
  ask quickstart.budget cohort --cost 'value' --budget 500 --eligible "tier <> 'rest'" --format csv --store quick
  "$binary" top -n 10 --format csv --store quick 2>/dev/null | sed 1d | cut -d, -f2 >from.txt
  ask quickstart.contain cohort -n 10 --goal contain --from from.txt --format csv --store quick
  ask quickstart.spread reach tier:star --with tier:leader --overlap tier:voice --format csv --store quick
  ask quickstart.spread-json reach tier:star tier:leader --without tier:leader --format json --store quick
  sed 1d quickstart/events/follows-twitter.csv | cut -d, -f1,2 | grep -E '^[a-z]+,[a-z]+$' | sort -u >follows.el
  kernels follows follows.el
}

planted() {
  "$binary" generate planted --nodes 20000 -o planted >/dev/null 2>&1
  kernels planted planted/edges.el
  "$binary" generate -o company --customers 1000 --prospects 200 --events 9000 --seed 7 >/dev/null 2>&1
}

# higgs: retweets, mentions and replies; the first run ends before the newest tenth of the rows.
higgs() {
  gunzip -c "$higgs/higgs-activity_time.txt.gz" >all.txt
  head -n $(($(wc -l <all.txt) * 9 / 10)) all.txt >activity.txt
  cat >higgs.toml <<'TOML'
[run]
output = "higgs"
[[events]]
path = "activity.txt"
channel = "twitter"
header = false
delimiter = " "
columns = { actor = 0, target = 1, at = 2, kind = 3 }
kinds = { RT = "share", MT = "mention", RE = "reply" }
[weights]
saturation = "none"
share = { weight = 1.0, half_life = "none" }
mention = { weight = 1.0, half_life = "none" }
reply = { weight = 1.0, half_life = "none" }
[rank]
damping = 0.85
tolerance = 1e-9
TOML
  ask higgs.first run -c higgs.toml --quiet
  keep_run higgs higgs-1
  mv all.txt activity.txt
  ask higgs.second run -c higgs.toml --quiet
  keep_run higgs higgs-2
  questions higgs higgs
  gunzip -c "$higgs/higgs-retweet_network.edgelist.gz" >retweets.el
  kernels retweets retweets.el
}

# digests: `sum  path` of everything that counts, sorted by path.
digests() {
  find answers runs company planted -type f ! -name '*.tmp' | LC_ALL=C sort | while IFS= read -r file; do
    printf '%s  %s\n' "$(digest <"$file" | cut -d' ' -f1)" "$file"
  done
}

for side in old new; do
  binary=${!side}
  mkdir -p "$work/$side/answers" "$work/$side/runs" && cd "$work/$side" || exit 2
  echo "$side: $binary" >&2
  quickstart
  planted
  if [ -r "$higgs/higgs-activity_time.txt.gz" ]; then higgs; else echo "no Higgs data in $higgs" >&2; fi
  digests >"$work/$side.sums"
done

# One row a group of files, then every file that differs or is on one side only.
report=$(awk '
  { path = $2; if (FNR == NR) { sum[path] = $1 } else { other[path] = $1 } all[path] = 1 }
  END {
    for (path in all) {
      group = path; sub(/^(answers|runs)\//, "", group); sub(/[.\/].*/, "", group)
      kind = path; sub(/\/.*/, "", kind); group = kind (group == kind ? "" : " of " group)
      files[group]++
      if (sum[path] != other[path]) {
        unlike[group]++
        what = !(path in sum) ? "only new" : !(path in other) ? "only old" : "differs"
        print "2 " what "  " path
      }
    }
    for (group in files) printf "1 %-32s %6d %10d\n", group, files[group], unlike[group]
  }' "$work/old.sums" "$work/new.sums" | LC_ALL=C sort)
printf '%-32s %6s %10s\n' what files different
printf '%s\n' "$report" | sed -n 's/^1 //p'
printf '%s\n' "$report" | sed -n 's/^2 //p'
if cmp -s "$work/old.sums" "$work/new.sums"; then echo "all equal"; else exit 1; fi
