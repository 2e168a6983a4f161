package main

// The flags of a recipe and of a run's folder, which the verbs that train share.

import (
	"github.com/spf13/cobra"

	"mgtool/tool"
)

// recipeFlags name a recipe and replace some of its values.
type recipeFlags struct {
	name, augment, precision string
	epochs, batch            int
	rate                     float64
}

// add adds the flags; about is the help of --recipe.
func (f *recipeFlags) add(c *cobra.Command, name, about string) {
	fl := c.Flags()
	fl.StringVar(&f.name, "recipe", name, about)
	fl.IntVar(&f.epochs, "epochs", 0, "number of epochs, instead of the recipe's")
	fl.IntVar(&f.batch, "batch", 0, "batch size, instead of the recipe's; the learning rate stays the recipe's")
	fl.Float64Var(&f.rate, "learning-rate", 0, "learning rate before the schedule, instead of the recipe's")
	fl.StringVar(&f.precision, "precision", "", "number format that convolutions multiply in training: f32 or bf16 (8 bits of precision, faster with AVX-512 BF16); default the recipe's, mostly f32")
}

// choice is the recipe that the flags give.
func (f *recipeFlags) choice(c *cobra.Command) tool.Recipe {
	return tool.Recipe{
		Name: f.name, Augment: given(c, "augment", &f.augment), Precision: given(c, "precision", &f.precision),
		Epochs: given(c, "epochs", &f.epochs), Batch: given(c, "batch", &f.batch), LearningRate: given(c, "learning-rate", &f.rate),
	}
}

// addRunFolder adds the flags of a run's folder and the checkpoints in it.
func addRunFolder(c *cobra.Command, out *string, best *bool, every *int) {
	fl := c.Flags()
	fl.StringVar(out, "out", "", "folder of the run; default runs/DATA-MODEL")
	fl.BoolVar(best, "keep-best", false, "also keep best.safetensors, from the epoch that did best on the test data (and so is chosen on them)")
	fl.IntVar(every, "keep-every", 0, "also keep checkpoint-EPOCH.safetensors every K epochs; 0 keeps none")
}
