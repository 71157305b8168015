#!/usr/bin/env bash
# A cluster of three nodes and two real BIRD routers in network namespaces of this machine, and the labs that run on it.
#
#   ./demo.sh                      bring the lab up, run every lab, print a table of steps, clean up
#   ./demo.sh up                   bring the lab up and leave it running
#   ./demo.sh exec WHERE -- CMD    run a command in node1, node2, node3, tor, host1 or a pod
#   ./demo.sh logs node1           what a node's agent wrote
#   ./demo.sh down                 stop everything and remove the namespaces
#
# Options (before or after the verb):
#   --name NAME      the lab's name, so that two can run side by side (default: lab)
#   --keep           leave the lab running after the labs
#   --no-install     do not call apt-get
#   --no-build       use what is already built
#   --capture FILE   write the BGP of the whole run to FILE (pcap)
#
# Needs root, Debian 12 and the .NET 10 SDK; everything else is installed with apt-get.
set -uo pipefail
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

usage() { sed -n '2,18s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; }
die() { echo "demo.sh: $*" >&2; exit 2; }

verb=run lab=lab keep=false install=true build=true capture='' rest=()
while [ $# -gt 0 ]; do
  case "$1" in
    run|up|down|exec|logs) verb=$1 ;;
    --name) lab=${2:?--name needs a name}; shift ;;
    --keep) keep=true ;;
    --no-install) install=false ;;
    --no-build) build=false ;;
    --capture) capture=${2:?--capture needs a file}; shift ;;
    -h|--help|help) usage; exit 0 ;;
    --) shift; rest+=("$@"); break ;;
    -*) die "unknown option '$1'; see ./demo.sh --help" ;;
    *) rest+=("$1") ;;
  esac
  shift
done
[[ $lab =~ ^[a-z][a-z0-9]{0,7}$ ]] || die "a lab's name is one to eight lower-case letters and digits, not '$lab'"
[ "$(id -u)" = 0 ] || die "needs root: it makes network namespaces, kernel routes and listeners on port 179"

state=/run/agent-lab/$lab
for part in build topology agents pods check; do
  # shellcheck source=/dev/null
  . "$repository/demo/$part.sh"
done

case "$verb" in
  down) lab_down; echo "lab '$lab' is down" ;;
  exec)
    [ ${#rest[@]} -ge 2 ] || die "usage: ./demo.sh exec WHERE -- COMMAND"
    lab_is_up || die "lab '$lab' is not up; bring it up with: ./demo.sh up --name $lab"
    in_namespace "${rest[0]}" "${rest[@]:1}"
    ;;
  logs)
    [ ${#rest[@]} -eq 1 ] || die "usage: ./demo.sh logs node1"
    cat "$state/${rest[0]}/agent.log"
    ;;
  up)
    install_packages; build_binaries
    lab_down; trap 'echo; echo "interrupted: cleaning up"; lab_down; exit 130' INT TERM
    lab_up && agents_up && wait_for_mesh || { echo "the lab did not come up; the agents' logs: ./demo.sh logs node1" >&2; exit 1; }
    what_to_try
    ;;
  run)
    [ ${#rest[@]} -eq 0 ] || die "unknown verb '${rest[0]}'; see ./demo.sh --help"
    install_packages; build_binaries
    lab_down; trap 'echo; echo "interrupted: cleaning up"; lab_down; exit 130' INT TERM
    lab_up && capture_start && agents_up || { lab_down; echo "0 passed, 1 failed"; exit 1; }
    for file in 000-external-pool 001-ipam 003-host1-peer 002-services 004-restart 005-cluster; do
      # shellcheck source=/dev/null
      . "$repository/demo/labs/$file.sh"
    done
    capture_stop
    $keep || lab_down
    summary
    ;;
esac
