#!/bin/sh
# Steps of training on a graph, mgtool beside PyTorch, in turns.
#
# usage: benchmarks/graphs.sh cora.txt.gz [THREADS]
#
# Wants mgtool on the PATH, or its path in MGTOOL, and PyTorch for /usr/bin/python3.
set -eu
data=$1
export OMP_WAIT_POLICY=passive # threads that spin starve on a busy machine
threads=${2:-2}
mgtool=${MGTOOL:-mgtool}
here=$(dirname "$0")
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
for model in gcn graph-mgnet; do
	for turn in 1 2 3; do
		/usr/bin/python3 "$here/graphs_torch.py" "$data" $model "$threads" | sed 's/^/PyTorch  /'
		rm -rf "$out/run"
		"$mgtool" train nodes --data "$data" --model $model --epochs 200 --threads "$threads" --out "$out/run" --json 2>/dev/null |
			awk -v m=$model '/"parameters"|"samples_per_s"/ { gsub(/[",]/, ""); v[$1] = $2 } END { printf "mgtool   %s: %d parameters, %.1f steps/s\n", m, v["parameters:"], v["samples_per_s:"] }'
	done
done
