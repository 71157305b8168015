# Installs what the lab needs and builds the three programs.

packages=(bird2 busybox curl iproute2 iputils-ping jq libsqlite3-0 nftables openssl procps sqlite3 tcpdump util-linux)

install_packages() {
  $install || return 0
  local package missing=()
  for package in "${packages[@]}"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  echo "== installing ${missing[*]}"
  apt-get update -qq || die "apt-get update failed; is the package source reachable?"
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null ||
    die "apt-get could not install ${missing[*]}"
}

artifacts=$repository/artifacts/demo
agent=$artifacts/agent/agent
agentctl=$artifacts/agentctl/agentctl
cni=$artifacts/cni/calico

# Published ahead of time where the SDK's compiler pack can be had (the agents then start in a third of the time), else as they are.
build_binaries() {
  mkdir -p "$repository/artifacts"
  if $build; then
    command -v dotnet >/dev/null || die "the .NET 10 SDK is not on the PATH"
    publish Agent.Host agent && publish Agent.Ctl agentctl && publish Agent.Cni cni || die "the build failed; run: dotnet build Agent.sln"
  fi
  local program
  for program in "$agent" "$agentctl" "$cni"; do
    [ -x "$program" ] || die "$program is missing; run ./demo.sh without --no-build"
  done
}

publish() {
  local project=$1 name=$2
  local common=(-c Release -o "$artifacts/$name" --artifacts-path "$artifacts/build" -v q --nologo
    -p:RunAnalyzers=false)
  printf '== building %s ' "$project"
  if dotnet publish "$repository/src/$project" -r linux-x64 --self-contained false -p:PublishReadyToRun=true "${common[@]}" >"$repository/artifacts/demo-build.log" 2>&1; then
    echo "(ahead of time)"
  elif dotnet publish "$repository/src/$project" "${common[@]}" >"$repository/artifacts/demo-build.log" 2>&1; then
    echo "(compiled at start)"
  else
    echo
    grep -E 'error' "$repository/artifacts/demo-build.log" | sort -u | head -n 20 >&2
    return 1
  fi
}
