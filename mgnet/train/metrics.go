package train

// metrics.csv: a row an epoch.

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"

	"mgtool/internal/atomicfile"
	"mgtool/internal/regularfile"
	"mgtool/mgnet/runs"
)

// EpochReport is a row of metrics.csv. The accuracy of training is taken while
// the weights change, that of the test with the model at the epoch's end. Both are NaN,
// and empty in the file, for a task that has none.
type EpochReport struct {
	Epoch           int // from 1
	LearningRate    float64
	Loss            float64 // mean over the epoch's batches
	TrainAccuracy   float64
	TestAccuracy    float64
	Seconds         float64 // with evaluation; what a resumed epoch took before is estimated
	ImagesPerSecond float64 // of training alone
	// The fraction of a step's time spent waiting for its images; of a resumed epoch,
	// since it was resumed. NaN if unknown.
	LoadShare float64
	TestLoss  float64 // mean over the test samples; NaN if unknown
}

// better reports whether the model of this epoch is better than that of another: by the
// accuracy on the test samples or, where the task has none, by the loss.
func (r EpochReport) better(than EpochReport) bool {
	if math.IsNaN(r.TestAccuracy) {
		return r.TestLoss < than.TestLoss
	}
	return r.TestAccuracy > than.TestAccuracy
}

// results are the rows of a checkpoint.
func results(rows []EpochReport) []runs.EpochResult {
	known := func(v float64) *float64 {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil
		}
		return &v
	}
	list := make([]runs.EpochResult, len(rows))
	for i, r := range rows {
		list[i] = runs.EpochResult{LearningRate: r.LearningRate, Loss: r.Loss,
			TrainAccuracy: known(r.TrainAccuracy), TestAccuracy: known(r.TestAccuracy), TestLoss: known(r.TestLoss)}
	}
	return list
}

// rows makes the metrics of a checkpoint's rows. The times are those of metrics.csv;
// without it they are not known, and that is all that is lost.
func rows(list []runs.EpochResult, path string) []EpochReport {
	timed, err := readMetrics(path, 0)
	if err != nil {
		timed = nil
	}
	nan := math.NaN()
	all := make([]EpochReport, len(list))
	for i, r := range list {
		all[i] = EpochReport{i + 1, r.LearningRate, r.Loss, nan, nan, nan, nan, nan, nan}
		for _, v := range []struct {
			known *float64
			into  *float64
		}{{r.TrainAccuracy, &all[i].TrainAccuracy}, {r.TestAccuracy, &all[i].TestAccuracy}, {r.TestLoss, &all[i].TestLoss}} {
			if v.known != nil {
				*v.into = *v.known
			}
		}
		if i < len(timed) {
			all[i].Seconds, all[i].ImagesPerSecond, all[i].LoadShare = timed[i].Seconds, timed[i].ImagesPerSecond, timed[i].LoadShare
		}
	}
	return all
}

// metricsHeader ends with what files did not have at first: older ones have the first
// columns alone, oldestMetrics of them or more.
var metricsHeader = []string{"epoch", "learning_rate", "loss", "train_accuracy", "test_accuracy", "seconds", "images_per_s", "load_share", "test_loss"}

const oldestMetrics = 7

// numbers are the values of a row behind the epoch, in the order of the header: those
// that are always known, and then those that may be missing.
func (r *EpochReport) numbers() (known, others []*float64) {
	return []*float64{&r.LearningRate, &r.Loss}, []*float64{&r.TrainAccuracy, &r.TestAccuracy, &r.Seconds, &r.ImagesPerSecond, &r.LoadShare, &r.TestLoss}
}

// encodeMetrics writes metrics.csv.
func encodeMetrics(w io.Writer, rows []EpochReport) error {
	c := csv.NewWriter(w)
	c.Write(metricsHeader)
	for _, r := range rows {
		record := []string{strconv.Itoa(r.Epoch)}
		known, others := r.numbers()
		for _, v := range append(known, others...) {
			text := ""
			if !math.IsNaN(*v) && !math.IsInf(*v, 0) {
				text = strconv.FormatFloat(*v, 'g', 8, 64)
			}
			record = append(record, text)
		}
		c.Write(record)
	}
	c.Flush()
	return c.Error()
}

func writeMetrics(path string, rows []EpochReport) error {
	return atomicfile.Write(path, func(w io.Writer) error { return encodeMetrics(w, rows) })
}

// maxMetrics bounds metrics.csv, in bytes: a row has about a hundred, and a training at
// most a million.
const maxMetrics = 128 << 20

// readMetrics reads the rows of all epochs, of which there must be at least this many.
func readMetrics(path string, epochs int) ([]EpochReport, error) {
	data, err := regularfile.Read(path, maxMetrics)
	if err != nil {
		return nil, fmt.Errorf("mgnet: metrics: %w", err)
	}
	records, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("mgnet: metrics: %s: %w", path, err)
	}
	if len(records) == 0 || len(records[0]) < oldestMetrics || len(records[0]) > len(metricsHeader) || !slices.Equal(records[0], metricsHeader[:len(records[0])]) {
		return nil, fmt.Errorf("mgnet: %s has no header %v", path, metricsHeader)
	}
	if !bytes.HasSuffix(data, []byte("\n")) { // or the last number may be half of one
		return nil, fmt.Errorf("mgnet: %s is cut off: its last line has no end", path)
	}
	var rows []EpochReport
	for line, record := range records[1:] {
		r, err := parseMetrics(record)
		if err == nil && r.Epoch != line+1 {
			err = fmt.Errorf("epoch %s; want %d", record[0], line+1)
		}
		if err != nil {
			return nil, fmt.Errorf("mgnet: %s, line %d: %w", path, line+2, err)
		}
		rows = append(rows, r)
	}
	if len(rows) < epochs {
		return nil, fmt.Errorf("mgnet: %s has %d epochs; the checkpoint stands after %d", path, len(rows), epochs)
	}
	return rows, nil
}

// parseMetrics reads a row.
func parseMetrics(record []string) (r EpochReport, err error) {
	known, others := r.numbers()
	for _, v := range others {
		*v = math.NaN()
	}
	if r.Epoch, err = strconv.Atoi(record[0]); err != nil {
		return r, err
	}
	values := append(known, others...)
	for i, text := range record[1:] {
		if text == "" && i >= len(known) {
			continue
		}
		if *values[i], err = strconv.ParseFloat(text, 64); err != nil {
			return r, err
		}
		if v := *values[i]; math.IsNaN(v) || math.IsInf(v, 0) {
			return r, fmt.Errorf("%s is not a finite number", text)
		}
	}
	return r, nil
}
