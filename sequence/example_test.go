package sequence_test

import (
	"context"
	"fmt"
	"os"

	"mgtool/mgnet"
	"mgtool/mgnet/job"
	"mgtool/mgnet/runs"
	"mgtool/mgnet/train"
	"mgtool/sequence"
)

// A network of 3,450 parameters learns from files in the form of the UCR archive.
func ExampleJob() {
	dir, err := os.MkdirTemp("", "pulses")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	if _, err := (sequence.Pulses{Train: 64, Test: 32, Length: 64, Seed: 1}).Write(dir); err != nil {
		fmt.Println(err)
		return
	}
	j := sequence.NewJob()
	data, err := j.Load(dir, job.Part{})
	if err != nil {
		fmt.Println(err)
		return
	}
	entry, err := mgnet.Lookup("mgnet1d")
	if err != nil {
		fmt.Println(err)
		return
	}
	run := runs.Run{Recipe: j.Recipe(), Seed: 1}
	run.Recipe.Epochs = 1
	if run.Model, err = entry.Make(data.Signature, nil, nil); err != nil {
		fmt.Println(err)
		return
	}
	t, err := train.New(run, j.Task(), data.Train, data.Test, "")
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := t.Train(context.Background(), nil); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(data.Train, data.Train.Len(), data.Classes, t.Network.Parameters())
	// Output: pulses 64 [smooth wiry] 3450
}

// The figures of a classifier by its scores.
func ExampleScored() {
	s := sequence.Scored{
		Classes: []string{"healthy", "ill"},
		Labels:  []int32{0, 0, 0, 1, 1},
		Scores:  []float64{2, 0, 1, 0, 0, 1, 0, 3, 1, 0.5}, // two for each
	}
	m := s.Measure()
	fmt.Printf("accuracy %.2f, balanced %.3f, AUC %.3f, F1 %.2f\n", m.Accuracy, m.Balanced, m.AUC, m.F1)
	// Output: accuracy 0.60, balanced 0.583, AUC 0.833, F1 0.50
}
