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

# Native code where the compilers can be had, else what build/publish.sh falls back to.
build_binaries() {
  if $build; then
    command -v dotnet >/dev/null || die "the .NET 10 SDK is not on the PATH"
    local name
    for name in agent agentctl cni; do
      echo "== building $name"
      BUILD_ARTIFACTS=$artifacts/build "$repository/build/publish.sh" $name "$artifacts/$name" || die "the build failed; run: dotnet build Agent.sln"
    done
  fi
  local program
  for program in "$agent" "$agentctl" "$cni"; do
    [ -x "$program" ] || die "$program is missing; run ./demo.sh without --no-build"
  done
}
