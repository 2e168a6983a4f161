package bench

import (
	"mgtool/mgnet"
	"mgtool/mgnet/runs"
)

// tinyRun is a training of a second or so on the embedded sample.
func tinyRun() runs.Run {
	r, _ := runs.LookupRecipe("quick")
	r.Epochs, r.Batch, r.LearningRate = 3, 20, .2
	return runs.Run{Model: mgnet.MgNet(28, 28, 1, 10, []int{6}, []int{1, 1}), Recipe: r, Seed: 1, Data: "sample", Limit: 100}
}
