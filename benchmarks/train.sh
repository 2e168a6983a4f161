#!/usr/bin/env bash
# MgNet [2,2,2,2] in mgtool and in PyTorch, side by side in one run; README.md
# says what is needed and what the table shows.
set -euo pipefail

usage() {
	cat >&2 <<END
usage: benchmarks/train.sh [options] [ROW…]
  -t THREADS   threads of both programs (2)
  -r REPEATS   repeats of each measurement, alternating (3)
  -s SECONDS   of each measurement (8)
  -k KERNELS   avx512, avx2 or portable for mgtool (the best)
  -o FILE      also write every measurement to this file, tab-separated
rows: train64 train256 eval64 (default), and of sequences mgnet1d resnet1d
END
	exit 2
}

threads=2 repeats=3 duration=8 keep=
while getopts t:r:s:k:o: option; do
	case $option in
	t) threads=$OPTARG ;;
	r) repeats=$OPTARG ;;
	s) duration=$OPTARG ;;
	k) export MGTOOL_SIMD=$OPTARG ;;
	o) keep=$(realpath -m "$OPTARG") ;;
	*) usage ;;
	esac
done
shift $((OPTIND - 1))
rows=("${@:-}")
[ -n "${rows[0]}" ] || rows=(train64 train256 eval64)
for row in "${rows[@]}"; do
	case $row in train64 | train256 | eval64 | mgnet1d | resnet1d) ;; *) usage ;; esac
done

cd "$(dirname "$0")/.."
python=${PYTHON:-/usr/bin/python3}
"$python" -c 'import torch' 2>/dev/null || {
	echo "$python has no torch: apt-get install --no-install-recommends python3-torch, or set PYTHON" >&2
	exit 1
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
go build -o "$work/mgtool" ./cmd/mgtool
results=${keep:-$work/results.tsv}
: >"$results"

# record ROW PROGRAM FORM LAYOUT REPEAT IMAGES_PER_S
record() {
	(IFS=$'\t' && echo "$*") >>"$results"
	printf '%-9s %-8s %-9s %-5s repeat %s  %8.1f images/s\n' "$@" >&2
}

torch() { # ROW MODE CHANNELS BATCH FORM LAYOUT REPEAT
	local line
	line=$("$python" benchmarks/mgnet_torch.py "$3" "$4" "$threads" "$2" "$5" "$6" "$duration")
	record "$1" PyTorch "$5" "$6" "$7" "$(sed -E 's/.*: ([0-9.]+) images.*/\1/' <<<"$line")"
}

mgtool() { # ROW VERB CHANNELS BATCH REPEAT
	local speed
	speed=$("$work/mgtool" bench "$2" --channels "$3" --smoothings 2,2,2,2 --batch "$4" --threads "$threads" --seconds "$duration" --json |
		"$python" -c 'import json, sys; print(json.load(sys.stdin)["images_per_s"])')
	record "$1" mgtool residual nhwc "$5" "$speed"
}

# Training steps on sequences of 256 places: ROW is the model.
torch1d() { # ROW FORM REPEAT
	local line
	line=$("$python" benchmarks/sequences_torch.py "$1" 64 256 "$threads" "$2" "$duration")
	record "$1" PyTorch "$2" ncl "$3" "$(sed -E 's/.*: ([0-9.]+) samples.*/\1/' <<<"$line")"
}

mgtool1d() { # ROW REPEAT
	local speed
	speed=$("$work/mgtool" bench train --model "$1" --batch 64 --threads "$threads" --seconds "$duration" --json |
		"$python" -c 'import json, sys; print(json.load(sys.stdin)["images_per_s"])')
	record "$1" mgtool residual nlc "$2" "$speed"
}

measure1d() { # ROW REPEAT
	local forms='standard residual' form
	[ "$1" = mgnet1d ] || forms=standard # a ResNet has one form
	(($2 % 2)) || mgtool1d "$1" "$2"
	for form in $forms; do torch1d "$1" "$form" "$2"; done
	(($2 % 2 == 0)) || mgtool1d "$1" "$2"
}

measure() { # ROW REPEAT
	local mode=train verb=train channels=64 batch=128 forms='standard residual' form layout
	case $1 in
	train256) channels=256 batch=32 ;;
	eval64) mode=eval verb=infer forms=standard ;;
	esac
	# Every second time the other way round, so that a machine that slows down
	# in the course of the run favours nobody.
	(($2 % 2)) || mgtool "$1" $verb $channels $batch "$2"
	for form in $forms; do
		for layout in nchw nhwc; do
			torch "$1" $mode $channels $batch "$form" "$layout" "$2"
		done
	done
	(($2 % 2 == 0)) || mgtool "$1" $verb $channels $batch "$2"
}

load=$(cut -d' ' -f1-3 /proc/loadavg 2>/dev/null || true)
for ((repeat = 1; repeat <= repeats; repeat++)); do
	for row in "${rows[@]}"; do
		case $row in
		*1d) measure1d "$row" "$repeat" ;;
		*) measure "$row" "$repeat" ;;
		esac
	done
done

echo "$(date +%F), commit $(git rev-parse --short HEAD 2>/dev/null || echo unknown), $(go version | cut -d' ' -f3), PyTorch $("$python" -c 'import torch; print(torch.__version__)')"
echo "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo 2>/dev/null | head -1), $threads threads, mgtool kernels ${MGTOOL_SIMD:-best}, load at the start ${load:-unknown}"
echo
"$python" benchmarks/table.py "$results"
