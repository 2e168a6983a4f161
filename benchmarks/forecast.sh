#!/usr/bin/env bash
# Forecasts by the standard protocol: data sets, horizons and models, each with several seeds.
# A results file that holds a row already is not trained again, so the script goes on where
# it was stopped. docs/forecasting.md says where the data are from.
set -euo pipefail

usage() {
	cat >&2 <<END
usage: benchmarks/forecast.sh -d FOLDER -o FILE [options]
  -d FOLDER    with ETTh1.csv, ETTh2.csv and exchange_rate.txt, or these with .gz
  -o FILE      results, tab-separated: rows are added to it
  -s SEEDS     (1 2 3)
  -h HORIZONS  (96 192 336 720)
  -m MODELS    model and loss (repeat-last:mae nlinear:mse dlinear:mse nlinear:mae dlinear:mae fv-mgnet:mse fv-mgnet:mae)
  -D DATA      (ETTh1 ETTh2 exchange_rate)
END
	exit 2
}

folder= file= seeds='1 2 3' horizons='96 192 336 720' sets='ETTh1 ETTh2 exchange_rate'
models='repeat-last:mae nlinear:mse dlinear:mse nlinear:mae dlinear:mae fv-mgnet:mse fv-mgnet:mae'
while getopts d:o:s:h:m:D: option; do
	case $option in
	d) folder=$OPTARG ;;
	o) file=$(realpath -m "$OPTARG") ;;
	s) seeds=$OPTARG ;;
	h) horizons=$OPTARG ;;
	m) models=$OPTARG ;;
	D) sets=$OPTARG ;;
	*) usage ;;
	esac
done
[ -n "$folder" ] && [ -n "$file" ] || usage
folder=$(realpath "$folder")

cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
go build -o "$work/mgtool" ./cmd/mgtool
[ -e "$file" ] || printf 'data\thorizon\tmodel\tloss\tseed\tparameters\tmse\tmae\n' >"$file"

for seed in $seeds; do
	for horizon in $horizons; do
		for set in $sets; do
			data=$(ls "$folder/$set".{csv,txt}{,.gz} 2>/dev/null | head -1 || true)
			[ -n "$data" ] || { echo "no $set.csv or .txt in $folder" >&2; exit 1; }
			for of in $models; do
				model=${of%:*} loss=${of#*:}
				row="$set	$horizon	$model	$loss	$seed"
				grep -q "^$row	" "$file" && continue
				epochs=()
				if [ "$model" = repeat-last ]; then
					[ "$seed" = 1 ] || continue # nothing is random in it
					epochs=(--epochs 1)
				fi
				rm -rf "$work/run"
				"$work/mgtool" train forecast --data "$data" --horizon "$horizon" --model "$model" --loss "$loss" --seed "$seed" "${epochs[@]}" --out "$work/run" --json >/dev/null 2>"$work/log" || { cat "$work/log" >&2; exit 1; }
				figures=$("$work/mgtool" eval --run "$work/run" --json | python3 -c 'import json, sys; r = json.load(sys.stdin); print(r["parameters"], "%.4f" % r["metrics"]["mse"], "%.4f" % r["metrics"]["mae"], sep="\t")')
				printf '%s\t%s\n' "$row" "$figures" | tee -a "$file" >&2
			done
		done
	done
done
