# Sourced by the scripts beside it: their options. The comment at the head of a script is its help.

usage() { sed -n '2,/^[^#]/{/^# \{0,1\}/!d; s///; p}' "$0"; }

# read_options "VALUES" "FLAGS" ARGUMENTS: --some-name X puts X into some_name, a flag puts true there; both had their defaults before
read_options() {
  local values=" $1 " flags=" $2 " name
  shift 2
  while [ $# -gt 0 ]; do
    name=${1#--}
    case "$1" in -h | --help) usage; exit 0 ;; esac
    if [[ $1 == --* && $flags == *" $name "* ]]; then
      printf -v "${name//-/_}" true
    elif [[ $1 == --* && $values == *" $name "* ]]; then
      [ $# -gt 1 ] || { echo "$0: $1 needs a value; see $0 --help" >&2; exit 2; }
      printf -v "${name//-/_}" %s "$2"
      shift
    else
      echo "$0: there is no option $1; see $0 --help" >&2
      exit 2
    fi
    shift
  done
}
