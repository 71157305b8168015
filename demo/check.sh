# Steps and checks. A step prints what it runs and what came back; a check compares that with what the lab's text shows.
# A listing is compared line by line: each expected line must be there, in order, and further lines only from $may_also.

step_names=() step_results=()
may_also=()

# How many seconds a step waits for what it shows: on a machine that is busy with other things much takes long.
patience=180

lab_title() { printf '\n======== %s\n' "$*"; }

# passed NAME / failed NAME [WHY]: closes a step.
passed() { step_names+=("$1"); step_results+=(ok); echo "   ok: $1"; }
failed() { step_names+=("$1"); step_results+=(FAILED); echo "   FAILED: $1${2:+: $2}"; }

# until_true CMD...: tries until the command succeeds.
until_true() {
  local deadline=$((SECONDS + patience))
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$deadline" ] || return 1
    sleep 0.05
  done
}

# without_times: what differs from run to run is given a name.
without_times() { sed -E 's/[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?/HH:MM:SS/g; s/[0-9]{4}-[0-9]{2}-[0-9]{2}/YYYY-MM-DD/g'; }

# lines_match EXPECTED ACTUAL: line by line; additional lines only if one of $may_also (patterns of bash) matches.
lines_match() {
  local expected=$1 actual=$2 line pattern
  mapfile -t expected_lines <<<"$expected"
  local next=0 allowed
  while IFS= read -r line; do
    if [ "$next" -lt "${#expected_lines[@]}" ] && [[ $line = "${expected_lines[$next]}" ]]; then
      next=$((next + 1))
      continue
    fi
    allowed=false
    for pattern in "${may_also[@]}"; do
      # shellcheck disable=SC2053
      [[ $line == $pattern ]] && allowed=true && break
    done
    $allowed || { mismatch="unexpected line: '$line'"; return 1; }
  done <<<"$actual"
  [ "$next" -eq "${#expected_lines[@]}" ] || { mismatch="missing line: '${expected_lines[$next]}'"; return 1; }
}

tables_match() { [ "$1" = "$2" ] || { mismatch="differs from: $1"; return 1; }; }

# compare HOW NAME PROMPT EXPECTED CMD...: runs the command until its output is as expected, shows it, says if it is.
compare() {
  local how=$1 name=$2 prompt=$3 expected=$4; shift 4
  local deadline=$((SECONDS + patience)) output
  mismatch=
  echo; echo "$prompt"
  until output=$("$@" 2>&1 | without_times); "$how" "$expected" "$output"; do
    [ "$SECONDS" -lt "$deadline" ] || { sed 's/^/   /' <<<"$output"; failed "$name" "$mismatch"; return 1; }
    sleep 0.1
  done
  sed 's/^/   /' <<<"$output"
  passed "$name"
}

# listing / table NAME PROMPT EXPECTED CMD...
listing() { compare lines_match "$@"; }
table() { compare tables_match "$@"; }

# does NAME PROMPT EXPECTED-TEXT CMD...: runs a command once; its output must be exactly this and its exit code 0.
does() {
  local name=$1 prompt=$2 expected=$3; shift 3
  local output status
  echo; echo "$prompt"
  output=$("$@" 2>&1); status=$?
  sed 's/^/   /' <<<"$output"
  if [ "$status" -eq 0 ] && [ "$output" = "$expected" ]; then passed "$name"; else failed "$name" "exit code $status, expected '$expected'"; fi
}

# reaches NAME WHERE URL TEXT: curl from a machine of the lab gets a page with this text.
reaches() {
  local name=$1 where=$2 url=$3 text=$4
  echo; echo "$where\$ curl $url"
  if until_true page_has "$where" "$url" "$text"; then
    in_namespace "$where" curl -s --max-time 20 "$url" | sed 's/^/   /'
    passed "$name"
  else
    in_namespace "$where" curl -sS --max-time 20 "$url" 2>&1 | sed 's/^/   /'
    failed "$name" "no page with '$text'"
  fi
}

page_has() { in_namespace "$1" curl -s --max-time 5 "$2" | grep -qF "$3"; }

summary() {
  local index passed_count=0 failed_count=0
  printf '\n======== steps\n'
  for index in "${!step_names[@]}"; do
    printf '%3d  %-78s %s\n' $((index + 1)) "${step_names[$index]}" "${step_results[$index]}"
    if [ "${step_results[$index]}" = ok ]; then passed_count=$((passed_count + 1)); else failed_count=$((failed_count + 1)); fi
  done
  echo
  [ -n "${convergence:-}" ] && echo "from the agents' start to all sessions Established and all routes installed: $convergence"
  echo "$passed_count passed, $failed_count failed"
  [ "$failed_count" -eq 0 ]
}

# block_of ADDRESS LENGTH: the network of an address.
block_of() {
  local a b c d
  IFS=. read -r a b c d <<<"$1"
  local number=$(((a << 24) + (b << 16) + (c << 8) + d)) mask=$(((0xffffffff << (32 - $2)) & 0xffffffff))
  number=$((number & mask))
  echo "$((number >> 24)).$((number >> 16 & 255)).$((number >> 8 & 255)).$((number & 255))/$2"
}

# device_of NAMESPACE NAME: the host side of a pod's veth pair.
device_of() { echo "cali$(printf '%s.%s' "$1" "$2" | sha1sum | cut -c1-11)"; }

# by_prefix LINES: a listing of routes in order of their prefixes, "blackhole" left out of account.
by_prefix() { sort -t. -k1,1n -k2,2n -k3,3n -k4,4n <(sed -E 's/^(blackhole )?(.*)$/\2\t\1/' <<<"$1") | sed -E 's/^(.*)\t(.*)$/\2\1/'; }

sorted_route_list() { by_prefix "$(in_namespace "$1" ip route)"; }

# bird_paths MACHINE: what "show route" lists, one line for each path, sorted.
bird_paths() {
  birdc_on "$1" show route | awk '
    NR <= 2 { next }
    /^\t/ { sub(/^\t/, ""); print path " " $0; path = ""; next }
    { if (path != "") print path
      if ($0 !~ /^ /) prefix = $1
      line = $0; sub(/^[^ ]* +/, "", line); path = prefix " " line }
    END { if (path != "") print path }' | sed -E 's/ +$//' | sort
}

# without_versions: what the datastore gives to a resource has a name instead.
without_versions() { sed -E 's/resourceVersion: "?[0-9]+"?/resourceVersion: "N"/; s/uid: .*/uid: U/'; }
