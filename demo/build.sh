# Installs what the lab needs and builds the three programs.

packages=(bird2 busybox curl iproute2 iputils-ping jq libsqlite3-0 nftables procps sqlite3 tcpdump util-linux)

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

agent=$repository/src/Agent.Host/bin/Release/net10.0/agent
agentctl=$repository/src/Agent.Ctl/bin/Release/net10.0/agentctl
cni=$repository/src/Agent.Cni/bin/Release/net10.0/calico

build_binaries() {
  if $build; then
    command -v dotnet >/dev/null || die "the .NET 10 SDK is not on the PATH"
    local project
    for project in Agent.Host Agent.Ctl Agent.Cni; do
      echo "== building $project"
      dotnet build "$repository/src/$project" -c Release -v q --nologo -p:RunAnalyzers=false | grep -E 'error|Error' | head -n 20
    done
  fi
  local program
  for program in "$agent" "$agentctl" "$cni"; do
    [ -x "$program" ] || die "$program is missing; run ./demo.sh without --no-build"
  done
}
