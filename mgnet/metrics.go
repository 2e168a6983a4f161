package mgnet

// metrics.csv: a row an epoch.

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"slices"
	"strconv"

	"mgtool/internal/atomicfile"
)

// EpochReport is a row of metrics.csv. The accuracy of training is taken while
// the weights change, that of the test with the model at the epoch's end.
type EpochReport struct {
	Epoch           int // from 1
	LearningRate    float64
	Loss            float64 // mean over the epoch's batches
	TrainAccuracy   float64
	TestAccuracy    float64
	Seconds         float64 // with evaluation; what a resumed epoch took before is estimated
	ImagesPerSecond float64 // of training alone
	// The share of a step's time that is spent waiting for its images; of a resumed
	// epoch, since it was resumed. NaN is not known.
	LoadShare float64
}

// metricsHeader ends with what files did not have at first.
var metricsHeader = []string{"epoch", "learning_rate", "loss", "train_accuracy", "test_accuracy", "seconds", "images_per_s", "load_share"}

// numbers are the values of a row behind the epoch, in the order of the header.
func (r *EpochReport) numbers() []*float64 {
	return []*float64{&r.LearningRate, &r.Loss, &r.TrainAccuracy, &r.TestAccuracy, &r.Seconds, &r.ImagesPerSecond, &r.LoadShare}
}

func writeMetrics(path string, rows []EpochReport) error {
	return atomicfile.Write(path, func(w io.Writer) error {
		c := csv.NewWriter(w)
		c.Write(metricsHeader)
		for _, r := range rows {
			record := []string{strconv.Itoa(r.Epoch)}
			for _, v := range r.numbers() {
				text := ""
				if !math.IsNaN(*v) {
					text = strconv.FormatFloat(*v, 'g', 8, 64)
				}
				record = append(record, text)
			}
			c.Write(record)
		}
		c.Flush()
		return c.Error()
	})
}

// readMetrics reads the rows of the first epochs; rows after them come from
// work that the checkpoint does not hold.
func readMetrics(path string, epochs int) ([]EpochReport, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && epochs == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("mgnet: metrics: %w", err)
	}
	records, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("mgnet: metrics: %s: %w", path, err)
	}
	older := metricsHeader[:len(metricsHeader)-1]
	if len(records) == 0 || !slices.Equal(records[0], metricsHeader) && !slices.Equal(records[0], older) {
		return nil, fmt.Errorf("mgnet: %s has no header %v", path, metricsHeader)
	}
	if !bytes.HasSuffix(data, []byte("\n")) { // or the last number may be half of one
		return nil, fmt.Errorf("mgnet: %s is cut off: its last line has no end", path)
	}
	var rows []EpochReport
	for line, record := range records[1:] {
		r := EpochReport{LoadShare: math.NaN()}
		r.Epoch, err = strconv.Atoi(record[0])
		values := r.numbers()
		for i, text := range record[1:] {
			if err != nil || text == "" && values[i] == &r.LoadShare {
				break
			}
			*values[i], err = strconv.ParseFloat(text, 64)
			if v := *values[i]; err == nil && (math.IsNaN(v) || math.IsInf(v, 0)) {
				err = fmt.Errorf("%s is not a finite number", text)
			}
		}
		if err == nil && r.Epoch != line+1 {
			err = fmt.Errorf("epoch %s; want %d", record[0], line+1)
		}
		if err != nil {
			return nil, fmt.Errorf("mgnet: %s, line %d: %w", path, line+2, err)
		}
		if r.Epoch <= epochs {
			rows = append(rows, r)
		}
	}
	if len(rows) < epochs {
		return nil, fmt.Errorf("mgnet: %s has %d epochs; the checkpoint stands after %d", path, len(rows), epochs)
	}
	return rows, nil
}
