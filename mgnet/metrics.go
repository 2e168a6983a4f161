package mgnet

// metrics.csv: a row an epoch.

import (
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
// the weights change, that of the test with the weights at the epoch's end.
type EpochReport struct {
	Epoch           int // from 1
	LearningRate    float64
	Loss            float64 // mean over the epoch's batches
	TrainAccuracy   float64
	TestAccuracy    float64
	Seconds         float64 // with evaluation; what a resumed epoch took before is estimated
	ImagesPerSecond float64 // of training alone
}

var metricsHeader = []string{"epoch", "learning_rate", "loss", "train_accuracy", "test_accuracy", "seconds", "images_per_s"}

func writeMetrics(path string, rows []EpochReport) error {
	return atomicfile.Write(path, func(w io.Writer) error {
		c := csv.NewWriter(w)
		c.Write(metricsHeader)
		for _, r := range rows {
			record := []string{strconv.Itoa(r.Epoch)}
			for _, v := range []float64{r.LearningRate, r.Loss, r.TrainAccuracy, r.TestAccuracy, r.Seconds, r.ImagesPerSecond} {
				record = append(record, strconv.FormatFloat(v, 'g', 8, 64))
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
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) && epochs == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("mgnet: metrics: %w", err)
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("mgnet: metrics: %s: %w", path, err)
	}
	if len(records) == 0 || !slices.Equal(records[0], metricsHeader) {
		return nil, fmt.Errorf("mgnet: %s has no header %v", path, metricsHeader)
	}
	var rows []EpochReport
	for line, record := range records[1:] {
		var r EpochReport
		values := []*float64{&r.LearningRate, &r.Loss, &r.TrainAccuracy, &r.TestAccuracy, &r.Seconds, &r.ImagesPerSecond}
		r.Epoch, err = strconv.Atoi(record[0])
		for i, v := range values {
			if err == nil {
				*v, err = strconv.ParseFloat(record[i+1], 64)
			}
			if err == nil && (math.IsNaN(*v) || math.IsInf(*v, 0)) {
				err = fmt.Errorf("%s is not a finite number", record[i+1])
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
