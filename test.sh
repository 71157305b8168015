#!/usr/bin/env bash
# Installs what the tests need, builds everything, runs the tests and the demo; ends with one line "N passed, N failed".
#
#   ./test.sh                quick tests and the demo
#   ./test.sh --full         the slow ones too (soak, long simulations, full tables)
#   ./test.sh --no-install   do not call apt-get
#   ./test.sh --no-demo      leave the demo out
#   ./test.sh --filter F     only the tests that match F (dotnet test syntax); no demo
set -uo pipefail
cd "$(dirname "$0")"

full=false install=true demo=true filter=
while [ $# -gt 0 ]; do
  case "$1" in
    --full) full=true ;;
    --no-install) install=false ;;
    --no-demo) demo=false ;;
    --filter) filter=${2:?--filter needs an expression}; demo=false; shift ;;
    -h|--help) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "test.sh: unknown option '$1'; see ./test.sh --help" >&2; exit 2 ;;
  esac
  shift
done

[ "$(id -u)" = 0 ] || { echo "test.sh: needs root: the tests make network namespaces, kernel routes and a BGP listener on port 179" >&2; exit 2; }

packages=(bird2 busybox ca-certificates conntrack curl expect exabgp frr gcc gobgpd iproute2 iputils-ping jq libc6-dev libsqlite3-0 nftables openbgpd openssl postgresql procps sqlite3 tcpdump tshark zsh)
if $install; then
  missing=()
  for package in "${packages[@]}"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
  done
  if [ ${#missing[@]} -gt 0 ]; then
    echo "== installing ${missing[*]}"
    apt-get update -qq || exit 1
    # The routers among them are run by the tests alone: none may start by itself.
    if [ ! -e /usr/sbin/policy-rc.d ]; then
      policy=/usr/sbin/policy-rc.d
      trap 'rm -f "$policy"' EXIT
      printf '#!/bin/sh\nexit 101\n' >"$policy"
      chmod 755 "$policy"
    fi
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null || exit 1
    [ -n "${policy:-}" ] && rm -f "$policy"
  fi
fi

passed=0 failed=0
results=$(mktemp -d); trap 'rm -rf "$results"' EXIT

# count NAME PASSED FAILED [LOG]: adds a suite to the sum and prints its line; of a failure it keeps what the log says
count() {
  local line
  line=$(printf '== %-28s %5s passed, %s failed' "$1" "$2" "$3")
  passed=$((passed + $2)) failed=$((failed + $3))
  echo "$line"
  [ "$3" -gt 0 ] || return 0
  { echo "$line"; [ -n "${4:-}" ] && gist "$4"; } >>"$results/failures"
}

# gist LOG: the head of each failed test or step; the end of the log where none is named
gist() {
  awk '/^ *(Failed|Skipped) [^!]|^ *FAILED:/ { lines = 16; found = 1 } lines-- > 0
       { last[NR % 20] = $0 }
       END { if (!found) for (i = NR - 19; i <= NR; i++) if (i > 0) print last[i % 20] }' "$1"
}

# finish: says once more what failed, where the reader of a long log looks first, and ends with the sum
finish() {
  [ ! -e "$results/failures" ] || { echo "== what failed"; cat "$results/failures"; }
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ]
  exit
}

echo "== building (Release, warnings are errors)"
dotnet restore Agent.sln --locked-mode -v q --nologo || { count build 0 1; finish; }
dotnet build Agent.sln -c Release --no-restore -v q --nologo || { count build 0 1; finish; }
count build 1 0

if [ -z "$filter" ]; then
  echo "== checking the format"
  if dotnet format Agent.sln --no-restore --verify-no-changes -v q; then count format 1 0; else count format 0 1; fi
fi

selection='Category!=Slow'
$full && selection=
[ -n "$filter" ] && selection=$filter
while read -r project; do
  name=$(basename "$project" .csproj)
  log=$results/$name.log
  notes=$results/$name.notes                      # what a test says of itself also where it passes
  TEST_NOTES=$notes dotnet test "$project" -c Release --no-build --nologo -v q --logger "console;verbosity=minimal" ${selection:+--filter "$selection"} >"$log" 2>&1
  status=$?
  line=$(grep -E 'Failed: +[0-9]+, Passed: +[0-9]+, Skipped: +[0-9]+' "$log" | tail -n 1)
  if [ -n "$line" ]; then
    read -r f p s <<<"$(sed -E 's/.*Failed: +([0-9]+), Passed: +([0-9]+), Skipped: +([0-9]+).*/\1 \2 \3/' <<<"$line")"
    [ "$((f + s))" -gt 0 ] && cat "$log"          # a skipped test is a failed one: nothing may be missing here
    if [ "$status" -ne 0 ] && [ "$f" -eq 0 ]; then cat "$log"; f=1; fi
    count "$name" "$p" "$((f + s))" "$log"
  elif [ "$status" -ne 0 ] || [ -z "$filter" ]; then
    cat "$log"                                    # it crashed, or no test ran
    count "$name" 0 1 "$log"
  fi
  [ -s "$notes" ] && sed 's/^/     /' "$notes"
done < <(git ls-files 'tests/*.csproj' 'tests/**/*.csproj' | grep -v '^tests/Support/' | sort -u | xargs grep -l '<IsTestProject>true')

if $demo; then
  echo "== the demo"
  log=$results/demo.log
  ./demo.sh --no-install --name test --capture "$results/bgp.pcap" 2>&1 | tee "$log"
  if read -r p f <<<"$(sed -nE 's/^([0-9]+) passed, ([0-9]+) failed$/\1 \2/p' "$log" | tail -n 1)" && [ -n "${f:-}" ]; then
    count demo "$p" "$f" "$log"
  else
    count demo 0 1 "$log"
  fi

  echo "== the demo's BGP, decoded by tshark"
  messages=$(tshark -r "$results/bgp.pcap" -Y bgp 2>/dev/null | wc -l)
  malformed=$(tshark -r "$results/bgp.pcap" -Y 'bgp && (_ws.malformed || bgp.length < 19)' 2>/dev/null | wc -l)
  if [ "$messages" -gt 0 ] && [ "$malformed" -eq 0 ]; then
    count "tshark ($messages messages)" 1 0
  else
    count "tshark ($messages messages, $malformed malformed)" 0 1
  fi
fi

finish
