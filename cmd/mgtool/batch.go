package main

// Batches of few images.

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"mgtool/mgnet/runs"
	"mgtool/vision"
)

// fitBatch shrinks the batch of a recipe that is larger than the data set, so that an
// epoch has fewSteps steps. A larger one that --batch gives is refused.
func fitBatch(c *cobra.Command, r *runs.Recipe, train *vision.Dataset) error {
	const fewSteps = 4
	if r.Batch <= train.Len() {
		return nil
	}
	if c.Flags().Changed("batch") {
		return fmt.Errorf("--batch %d; want 1 to %d, the number of training images", r.Batch, train.Len())
	}
	before := r.Batch
	r.Batch = max(1, train.Len()/fewSteps)
	fmt.Fprintf(os.Stderr, "%d training images are fewer than the recipe's batch of %d: the batch is %d\n", train.Len(), before, r.Batch)
	return nil
}
