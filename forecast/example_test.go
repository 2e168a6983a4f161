package forecast_test

import (
	"context"
	"fmt"

	"mgtool/forecast"
	"mgtool/mgnet"
	"mgtool/mgnet/evaluate"
	"mgtool/mgnet/job"
	"mgtool/mgnet/runs"
	"mgtool/mgnet/train"
	"mgtool/source"
)

// A linear forecast of a day from two days is trained, and compared with repeating the last
// value.
func Example() {
	j := forecast.New()
	j.LookBack, j.Horizon = 48, 24
	d, err := j.Load("../testdata/waves.csv", job.Part{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(d.Train.Len(), "windows to train on,", d.Test.Len(), "to test on")

	linear := mgnet.NewLinearForecast(d.Signature, "last", 0)
	t, err := train.New(runs.Run{Model: linear, Recipe: j.Recipe(), Seed: 1}, j.Task(), d.Train, d.Test, "")
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := t.Train(context.Background(), nil); err != nil {
		fmt.Println(err)
		return
	}
	last, err := mgnet.Lookup("repeat-last")
	if err != nil {
		fmt.Println(err)
		return
	}
	m, err := last.Make(d.Signature, nil, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	repeat, err := mgnet.New(m, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("less than half the error:", mse(j, d, t.Network) < mse(j, d, repeat)/2)
	// Output:
	// 559 windows to train on, 157 to test on
	// less than half the error: true
}

// mse is the mean squared error on the test windows.
func mse(j *forecast.Job, d *job.Data, n *mgnet.Network) float64 {
	p, err := evaluate.NewPredictor(n, 100)
	if err != nil {
		fmt.Println(err)
		return 0
	}
	m := j.Meter(d)
	_, err = p.Score(context.Background(), d.Test, func(_ *evaluate.Tally, outputs []float32, n int, targets *source.Batch) {
		m.Add(outputs, n, targets)
	})
	if err != nil {
		fmt.Println(err)
	}
	return m.Metrics()[0].Value
}
