package main

// mgtool train.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mgtool/mgnet/runs"
	"mgtool/mgnet/train"
	"mgtool/tool"
)

// trainFlags describe a new training.
type trainFlags struct {
	tool.Train
	data   dataFlags
	shape  shapeFlags
	recipe recipeFlags
}

func (a *app) train() *cobra.Command {
	var f trainFlags
	var resume, changed string
	var list bool
	c := &cobra.Command{
		Use:   "train",
		Short: "Train a model on images or other data",
		Long: `Train a model on images; the default is MgNet. For other data there are verbs below
this one.

The folder --out gets config.json, metrics.csv, checkpoint.safetensors and
curves.png. Ctrl-C saves a checkpoint; --resume continues from it and ends with the
same bits as a training that was never stopped. Only one training at a time may use
the folder, and a new one is refused if the folder holds a checkpoint. A run without
one, because its first epoch failed, can be started again. The reported accuracy is
that of the last epoch; --keep-best also keeps the best epoch, which is chosen on
the test images, so its accuracy is optimistic.

A recipe of your own can choose "optimizer": "sgd" (with "momentum"), "adamw" (with
"beta1", "beta2", "epsilon") or "muon" (with "muon_rate", "muon_momentum",
"muon_steps"), and average the weights with "ema", or with "lookahead" and
"lookahead_decay". --list-recipes shows the format.`,
		Example: `  mgtool train --data sample --channels 16 --smoothings 1,1,1 --out runs/first
  mgtool train --data cifar10 --data-dir data/cifar10 --channels 64 --recipe course --out runs/cifar
  mgtool train --data photos --size 64 --channels 32 --augment resized-crop,mirror --out runs/photos
  mgtool train --resume runs/cifar
  mgtool train --list-recipes`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			only := func(flag, because string) (err error) {
				c.Flags().Visit(func(f *pflag.Flag) {
					if !slices.Contains([]string{flag, "threads", "json"}, f.Name) && !(flag == "resume" && f.Name == "changed") {
						err = tool.Usagef("--%s %s; drop --%s", flag, because, f.Name)
					}
				})
				return err
			}
			var t *train.Trainer
			var dir string
			switch {
			case list:
				if err := only("list-recipes", "only lists recipes"); err != nil {
					return err
				}
				return a.listRecipes()
			case resume != "":
				// The run's own configuration holds; other values would make another run.
				err := only("resume", "continues with the run's own settings")
				if err != nil {
					return err
				}
				dir = resume
				if t, err = tool.Resume(c.Context(), dir, changed, reporter); err != nil {
					return err
				}
			default:
				if c.Flags().Changed("changed") {
					return tool.Usagef("--changed %s is for --resume; a new training has nothing to compare with", changed)
				}
				var err error
				if t, dir, err = f.begin(c, a.seed); err != nil {
					return err
				}
			}
			return a.runTraining(c, t, dir)
		},
	}
	fl := c.Flags()
	fl.StringVar(&f.data.Name, "data", "sample", "data set: mnist, fashion-mnist, cifar10, cifar100, cifar100-coarse (20 superclasses), sample (2000 images of Fashion-MNIST, embedded), or a folder of class folders")
	fl.StringVar(&f.data.Dir, "data-dir", "", "folder of its files; default data/NAME")
	addModel(c, &f.shape)
	addShape(c, &f.shape, gridChannels, false)
	f.data.addFolder(c)
	f.recipe.add(c, "quick", "recipe: official, course, quick or fast (see --list-recipes), or a JSON file: a recipe in the format of --list-recipes, or a run's config.json")
	fl.BoolVar(&list, "list-recipes", false, "list the recipes with all their values and sources")
	fl.StringVar(&f.recipe.augment, "augment", "", "augmentation of the training images, instead of the recipe's: a list of pad=K, mirror, translate=K, resized-crop, alternating-mirror, cutout=K, mixup=ALPHA, or none")
	fl.IntVar(&f.Limit, "limit", 0, "train and test on the first K images only; 0 is all")
	fl.IntVar(&f.HoldOut, "hold-out", 0, holdOutUsage)
	addRunFolder(c, &f.Out, &f.KeepBest, &f.KeepEvery)
	fl.StringVar(&resume, "resume", "", "folder of a run to continue")
	fl.StringVar(&changed, "changed", "", "with --resume, if the images or the kernels have changed since the run began: refuse, or say (print a note and continue); default: refuse changed images, note changed kernels")
	c.AddCommand(a.trainSequences(), a.trainForecast(), a.trainFields(), a.trainMasks(), a.trainNodes())
	return c
}

// runTraining trains to the end and prints the result.
func (a *app) runTraining(c *cobra.Command, t *train.Trainer, dir string) error {
	report, epoch := trainingProgress(t.Run().Recipe.Epochs)
	t.OnEpoch = epoch
	a.saves.Store(true)
	sum, err := t.Train(c.Context(), report)
	a.saves.Store(false)
	if errors.Is(err, context.Canceled) {
		return fmt.Errorf("stopped; mgtool train --resume %s continues", dir)
	}
	if err != nil {
		return err
	}
	if t.Run().Job != "" {
		return a.showJobTraining(t, sum, dir)
	}
	return a.showTraining(t, sum, dir)
}

// begin makes the training that the flags describe, and its folder.
func (f *trainFlags) begin(c *cobra.Command, seed uint64) (t *train.Trainer, dir string, err error) {
	f.Seed, f.Recipe = seed, f.recipe.choice(c)
	if f.Data, err = f.data.choice(c); err != nil {
		return nil, "", err
	}
	if f.Shape, err = f.shape.choice(); err != nil {
		return nil, "", err
	}
	return f.Begin(c.Context(), reporter)
}

// given is the value of a flag, or nil if the user has not set it.
func given[T any](c *cobra.Command, flag string, value *T) *T {
	if c.Flags().Changed(flag) {
		return value
	}
	return nil
}

// showTraining prints the result of a training.
func (a *app) showTraining(t *train.Trainer, sum train.Summary, dir string) error {
	if a.json {
		result := map[string]any{
			"model": t.Network.Model.Sig().Family, "parameters": t.Network.Parameters(), "epochs": sum.Epochs,
			"train_accuracy": number(sum.TrainAccuracy), "test_accuracy": number(sum.TestAccuracy), "loss": number(sum.Loss), "test_loss": number(sum.TestLoss),
			"images_per_s": number(sum.ImagesPerSecond), "load_share": number(sum.LoadShare), "pflop": number(sum.PFLOP), "wall_s": number(sum.Seconds), "run": dir,
			"hold_out": t.Run().HoldOut,
		}
		if supports := t.Network.HatSupports(); supports != nil {
			result["hat_support"] = supports
		}
		return printJSON(result)
	}
	rows := [][]any{{"epoch", "rate", "loss", "train accuracy", "test accuracy", "test loss", "images/s"}}
	for _, e := range t.History() {
		rows = append(rows, []any{e.Epoch, cell{"%.2g", e.LearningRate}, cell{"%.4f", e.Loss}, cell{"%.4f", e.TrainAccuracy}, cell{"%.4f", e.TestAccuracy}, cell{"%.4f", e.TestLoss}, cell{"%.0f", e.ImagesPerSecond}})
	}
	printTable(rows...)
	fmt.Printf("\n%d parameters, %s in %.1f s, %.3g PFLOP; test accuracy %.4f (last epoch)\n",
		t.Network.Parameters(), counted(sum.Epochs, "epoch"), sum.Seconds, sum.PFLOP, sum.TestAccuracy)
	stateHoldOut(t.Run())
	if supports := t.Network.HatSupports(); supports != nil {
		fmt.Printf("hat supports of the levels: %.3g\n", supports)
	}
	if !math.IsNaN(sum.LoadShare) {
		fmt.Printf("%.2f%% of a step is spent waiting for images\n", 100*sum.LoadShare)
	}
	fmt.Printf("%s holds the run\n", dir)
	return nil
}

const holdOutUsage = "test on every K-th training image of each class, held out, and not on the test images: for choosing settings; 0 holds none out"

// stateHoldOut prints a line if the model was tested on held-out training images.
func stateHoldOut(r runs.Run) {
	if r.HoldOut > 0 {
		fmt.Printf("tested on held-out training images, every %dth of each class\n", r.HoldOut)
	}
}

// listRecipes prints every recipe in the JSON format that --recipe reads.
func (a *app) listRecipes() error {
	if a.json {
		return printJSON(map[string]any{"recipes": runs.Recipes()})
	}
	for _, r := range runs.Recipes() {
		text, err := json.MarshalIndent(r, "", "  ")
		if err != nil {
			return err
		}
		fmt.Printf("%s\n", text)
	}
	return nil
}

// addCheckpoint adds the flag that chooses a checkpoint of a run.
func addCheckpoint(c *cobra.Command, to *string) {
	c.Flags().StringVar(to, "checkpoint", "last", "checkpoint of the run: last, best (chosen on the test images), or a file, such as checkpoint-0010.safetensors")
}
