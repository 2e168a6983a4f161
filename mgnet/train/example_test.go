package train_test

import (
	"context"
	"fmt"

	"mgtool/mgnet"
	"mgtool/mgnet/runs"
	"mgtool/mgnet/train"
	"mgtool/source"
)

// A network learns to add and to subtract two numbers: samples of any kind, here in a
// table, and a task other than classes.
func ExampleNew() {
	sums := &source.Table{Name: "sums", Each: source.Form{Input: []int{1, 1, 2}, Values: 2}}
	for a := range 10 {
		for b := range 10 {
			x, y := float32(a)/10, float32(b)/10
			sums.Inputs = append(sums.Inputs, x, y)
			sums.Values = append(sums.Values, x+y, x-y)
		}
	}
	run := runs.Run{
		Model:  mgnet.Dense(1, 1, 2, 2, nil), // one linear layer with two outputs
		Recipe: runs.Recipe{Name: "plain", Epochs: 50, Batch: 10, LearningRate: .2, Momentum: .9, Schedule: "cosine"},
		Seed:   1,
		Data:   sums.Name,
	}
	trainer, err := train.New(run, train.Regression{}, sums, sums, "") // "" keeps no files
	if err != nil {
		fmt.Println(err)
		return
	}
	summary, err := trainer.Train(context.Background(), nil)
	fmt.Printf("mean squared error below 1e-9: %v %v\n", summary.TestLoss < 1e-9, err)
	// Output: mean squared error below 1e-9: true <nil>
}
