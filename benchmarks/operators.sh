#!/usr/bin/env bash
# A training step of MgNO and of FNO in mgtool and in PyTorch, in turns in one run; README.md
# says what is needed.
set -euo pipefail

usage() {
	cat >&2 <<END
usage: benchmarks/operators.sh [options] [MODEL…]
  -t THREADS   threads of both programs (2)
  -r REPEATS   repeats of each measurement, in turns (3)
  -s SECONDS   of each measurement (8)
  -n SIDE      points a side (106)
  -b BATCH     samples a step (8)
models: mgno fno (default: both)
END
	exit 2
}

threads=2 repeats=3 duration=8 side=106 batch=8
while getopts t:r:s:n:b: option; do
	case $option in
	t) threads=$OPTARG ;;
	r) repeats=$OPTARG ;;
	s) duration=$OPTARG ;;
	n) side=$OPTARG ;;
	b) batch=$OPTARG ;;
	*) usage ;;
	esac
done
shift $((OPTIND - 1))
models=("${@:-}")
[ -n "${models[0]}" ] || models=(mgno fno)
for model in "${models[@]}"; do
	case $model in mgno | fno) ;; *) usage ;; esac
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

record() { # MODEL PROGRAM SAMPLES_PER_S
	(IFS=$'\t' && echo "$*") >>"$work/results.tsv"
	printf '%-5s %-13s %8.2f samples/s\n' "$@" >&2
}

echo "$(date +%F), $(go version | cut -d' ' -f3), PyTorch $("$python" -c 'import torch; print(torch.__version__)'), $threads threads, $side² points, batches of $batch, load at the start $(cut -d' ' -f1-3 /proc/loadavg 2>/dev/null || true)"
for ((repeat = 1; repeat <= repeats; repeat++)); do
	for model in "${models[@]}"; do
		for layout in nchw nhwc; do
			line=$("$python" benchmarks/operators_torch.py "$model" "$side" "$batch" "$threads" "$layout" "$duration")
			record "$model" "PyTorch $layout" "$(sed -E 's/.*: ([0-9.]+) samples.*/\1/' <<<"$line")"
		done
		record "$model" mgtool "$("$work/mgtool" bench train --model "$model" --height "$side" --width "$side" --batch "$batch" --threads "$threads" --seconds "$duration" --json |
			"$python" -c 'import json, sys; print(json.load(sys.stdin)["images_per_s"])')"
	done
done
"$python" - "$work/results.tsv" <<'END'
import statistics, sys
rows = {}
for line in open(sys.argv[1]):
    model, program, speed = line.rstrip("\n").split("\t")
    rows.setdefault(model, {}).setdefault(program, []).append(float(speed))
print("model  program        samples/s (median)   mgtool over it, by repeat")
for model, programs in rows.items():
    for program, speeds in programs.items():
        ratios = [a / b for a, b in zip(programs["mgtool"], speeds)]
        print(f"{model:6} {program:14} {statistics.median(speeds):8.2f}             {statistics.median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f})")
END
