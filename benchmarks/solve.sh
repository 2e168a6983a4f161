#!/usr/bin/env bash
# mgtool solve beside hypre, SciPy's sine transforms and PETSc, in one run;
# README.md says what is needed and what the tables show.
set -euo pipefail

all=(2d 3d fmg mixed sizes scaling memory petsc stream)

usage() {
	cat >&2 <<END
usage: benchmarks/solve.sh [options] [ROW…]
  -t THREADS   threads, workers or processes of every program (2)
  -r REPEATS   repeats of each measurement, alternating (3)
  -l SECONDS   give up on a program that takes longer (120)
  -o FILE      also write every measurement to this file, tab-separated
rows: ${all[*]} (default: all)
END
	exit 2
}

threads=2 repeats=3 limit=120 keep=
while getopts t:r:l:o: option; do
	case $option in
	t) threads=$OPTARG ;;
	r) repeats=$OPTARG ;;
	l) limit=$OPTARG ;;
	o) keep=$(realpath -m "$OPTARG") ;;
	*) usage ;;
	esac
done
shift $((OPTIND - 1))
for number in "$threads" "$repeats" "$limit"; do
	[[ $number =~ ^[1-9][0-9]*$ ]] || usage
done
rows=("$@")
((${#rows[@]})) || rows=("${all[@]}")
for row in "${rows[@]}"; do
	[[ " ${all[*]} " == *" $row "* ]] || usage
done

cd "$(dirname "$0")/.."
python=${PYTHON:-/usr/bin/python3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
results=${keep:-$work/results.tsv}
: >"$results"

# have ROW… : one of these rows is to be measured.
have() {
	local row
	for row in "$@"; do
		[[ " ${rows[*]} " != *" $row "* ]] || return 0
	done
	return 1
}

need() { # PACKAGES COMMAND…
	local packages=$1
	shift
	"$@" 2>"$work/err" || {
		cat "$work/err" >&2
		echo "to measure ${rows[*]}: apt-get install --no-install-recommends $packages" >&2
		exit 1
	}
}

go build -o "$work/mgtool" ./cmd/mgtool
if have 2d 3d; then
	need 'libhypre-dev libopenmpi-dev openmpi-bin' mpicc -O3 benchmarks/pfmg.c -o "$work/pfmg" -I/usr/include/hypre -lHYPRE -lm
	export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 # as in a container
fi
if have 2d 3d fmg; then
	need 'python3-scipy' "$python" -c 'import scipy.fft'
fi
if have petsc; then
	need 'python3-petsc4py python3-scipy' "$python" benchmarks/petsc.py -n 9 -levels 2 >/dev/null
fi
if have stream; then
	need 'gcc' gcc -O3 -march=native -fopenmp benchmarks/stream.c -o "$work/stream"
fi

# record ROW CASE REPEAT VALUE
record() {
	[ -n "$4" ] || {
		echo "no figure in the output of $1 $2" >&2
		return 1
	}
	(IFS=$'\t' && echo "$*") >>"$results"
	printf '%-8s %-8s repeat %s  %s\n' "$@" >&2
}

# attempt COMMAND… : its output in $work/out; if it fails, its last word on why.
attempt() {
	local status=0
	timeout "$limit" "$@" >"$work/out" 2>"$work/err" </dev/null || status=$?
	((status)) || return 0
	((status != 124)) || echo "more than $limit s" >>"$work/err"
	grep . "$work/err" | tail -1 >&2 || echo "exit status $status" >&2
	return 1
}

field() { # NAME, of the JSON object in $work/out; nothing if it is null
	"$python" -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]] or "")' "$1" <"$work/out"
}

# solve ROW CASE REPEAT FLAG… : mgtool's million unknowns/s; one full pass, then
# V(1,1)-cycles to 1e-8, if the flags that follow do not say otherwise.
solve() {
	local key=("$1" "$2" "$3")
	shift 3
	attempt "$work/mgtool" solve --problem ones --dim 2 --n 4096 --cycle fmg --smoother rbsor --pre 1 --post 1 --rtol 1e-8 --threads "$threads" "$@" --json || return
	record "${key[@]}" "$(field mdof_per_s)"
}

# again ROW CASE REPEAT FLAG… : of several solves in one process, the median; a
# small one that comes first also pays for a cold start.
again() {
	local key=("$1" "$2" "$3")
	shift 3
	attempt "$work/mgtool" bench solve --dim 2 --cycle fmg --smoother rbsor --repeats 5 --threads "$threads" "$@" --json || return
	record "${key[@]}" "$(field mdof_per_s)"
}

# peer ROW CASE REPEAT COMMAND… : the last "… million unknowns/s" it prints.
peer() {
	local key=("$1" "$2" "$3")
	shift 3
	attempt "$@" || return
	record "${key[@]}" "$(sed -nE 's/.* ([0-9.]+) million unknowns\/s.*/\1/p' "$work/out")"
}

# peak REPEAT FLAG… : resident bytes per unknown of a whole mgtool.
peak() {
	local repeat=$1
	shift
	attempt "$python" -c '
import json, resource, subprocess, sys
out = subprocess.run(sys.argv[1:], check=True, stdout=subprocess.PIPE).stdout
kib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(1024 * kib / json.loads(out)["unknowns"])' "$work/mgtool" solve --problem ones --cycle fmg --smoother rbsor --threads "$threads" "$@" --json || return
	record memory bytes "$repeat" "$(cat "$work/out")"
}

bandwidth() { # CASE REPEAT THREADS
	attempt env OMP_NUM_THREADS="$3" "$work/stream" || return
	record stream "$1-copy" "$2" "$(sed -E 's/.*copy ([0-9.]+).*/\1/' "$work/out")"
	record stream "$1-triad" "$2" "$(sed -E 's/.*triad ([0-9.]+).*/\1/' "$work/out")"
}

cases() { # ROW
	case $1 in
	2d | 3d) echo mgtool pfmg dst ;;
	fmg) echo mgtool dst ;;
	mixed) echo mixed f64 fmg ;;
	sizes) echo 512 2048 4096 8192 4000 4094 4095 4098 ;;
	scaling | stream) echo all one ;;
	memory) echo bytes ;;
	petsc) echo mgtool petsc ;;
	esac
}

measure() { # ROW CASE REPEAT
	case $1/$2 in
	2d/mgtool) solve "$@" ;;
	2d/pfmg) peer "$@" mpirun -np "$threads" "$work/pfmg" 2 4095 1 2 1e-8 ;;
	2d/dst | fmg/dst) peer "$@" "$python" benchmarks/dst.py 2 4096 "$threads" ;;
	3d/mgtool) solve "$@" --dim 3 --n 256 ;;
	3d/pfmg) peer "$@" mpirun -np "$threads" "$work/pfmg" 3 255 1 2 1e-8 ;;
	3d/dst) peer "$@" "$python" benchmarks/dst.py 3 256 "$threads" ;;
	fmg/mgtool)
		solve "$@" --problem sine --smoother rbgs --rtol 0 || return
		record fmg error "$3" "$(field error_l2)"
		;;
	mixed/fmg) solve "$@" ;;
	mixed/*) solve "$@" --cycle v --precision "$2" ;;
	sizes/*) again "$@" --n "$2" ;;
	scaling/all) solve "$@" ;;
	scaling/one) solve "$@" --threads 1 ;;
	memory/*) peak "$3" --n 8192 ;;
	petsc/mgtool) solve "$@" --n 1024 --threads 1 ;;
	petsc/petsc) peer "$@" "$python" benchmarks/petsc.py -n 1025 -levels 8 ;;
	stream/all) bandwidth "$2" "$3" "$threads" ;;
	stream/one) bandwidth "$2" "$3" 1 ;;
	esac
}

# Every second time in the reverse order, so that a machine that slows down in
# the course of the run favours nobody. What has failed is not tried again.
declare -A failed=()
load=$(cut -d' ' -f1-3 /proc/loadavg 2>/dev/null || true)
for ((repeat = 1; repeat <= repeats; repeat++)); do
	for row in "${rows[@]}"; do
		order=()
		for one in $(cases "$row"); do
			if ((repeat % 2)); then order+=("$one"); else order=("$one" "${order[@]}"); fi
		done
		for one in "${order[@]}"; do
			[ -z "${failed[$row/$one]:-}" ] || continue
			measure "$row" "$one" "$repeat" && continue
			failed[$row/$one]=yes
			record "$row" "$one" "$repeat" -
		done
	done
done

versions="$(go version | cut -d' ' -f3)"
if have 2d 3d; then
	versions+=", hypre $(sed -nE 's/^#define HYPRE_RELEASE_VERSION "(.*)"/\1/p' /usr/include/hypre/HYPRE_config.h)"
fi
if have 2d 3d fmg; then
	versions+=", SciPy $("$python" -c 'import scipy; print(scipy.__version__)')"
fi
echo "$(date +%F), commit $(git describe --always --dirty 2>/dev/null || echo unknown), $versions"
echo "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo 2>/dev/null | head -1), $threads threads, load at the start ${load:-unknown}"
"$python" benchmarks/solve_table.py "$results"
