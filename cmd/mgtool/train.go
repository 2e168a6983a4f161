package main

// mgtool train.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mgtool/mgnet/runs"
	"mgtool/mgnet/train"
	"mgtool/vision"
)

// trainFlags describe a new training.
type trainFlags struct {
	shape                         shapeFlags
	folders                       folderFlags
	data, dataDir                 string
	recipe, augment, out          string
	precision                     string
	epochs, batch, limit, keepNth int
	holdOut                       int
	rate                          float64
	keepBest                      bool
}

func (a *app) train() *cobra.Command {
	var f trainFlags
	var resume, changed string
	var list bool
	c := &cobra.Command{
		Use:   "train",
		Short: "Train a model on images",
		Long: `Train a model, MgNet unless told, on images.

The folder --out gets config.json, metrics.csv, checkpoint.safetensors and
curves.png. Ctrl-C saves a checkpoint; --resume goes on from it and ends in the
same bits as a training that was never stopped. Only one training at a time may use
the folder, and a new one is refused where there is a checkpoint. A run that has none
yet, because its first epoch failed, may be begun anew. The reported accuracy is that
of the last epoch; --keep-best keeps the best one beside it, which is chosen on
the test images and looks better than it is.

A recipe of your own may say "optimizer": "sgd" (with "momentum"), "adamw" (with
"beta1", "beta2", "epsilon") or "muon" (with "muon_rate", "muon_momentum",
"muon_steps"), and average the weights by "ema", or by "lookahead" with
"lookahead_decay". --list-recipes shows the form.`,
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
						err = usagef("--%s %s; drop --%s", flag, because, f.Name)
					}
				})
				return err
			}
			var t *train.Trainer
			var dir string
			switch {
			case list:
				if err := only("list-recipes", "lists recipes and trains nothing"); err != nil {
					return err
				}
				return a.listRecipes()
			case resume != "":
				// The run's own configuration holds; other values would make another run.
				err := only("resume", "goes on with the run's own settings")
				if err != nil {
					return err
				}
				dir = resume
				o := train.ResumeOptions{Changed: changed}
				if err := o.Validate(); err != nil {
					return usage(err)
				}
				t, err = orStop(c.Context(), func() (*train.Trainer, error) { return train.ResumeTrainerWith(resume, o) })
				if err != nil {
					return err
				}
				for _, note := range t.Notes {
					fmt.Fprintln(os.Stderr, "note:", note)
				}
			default:
				if c.Flags().Changed("changed") {
					return usagef("--changed %s is for --resume; a new training has nothing to compare with", changed)
				}
				var err error
				if t, dir, err = f.begin(c, a.seed); err != nil {
					return err
				}
			}
			report, epoch := trainingProgress(t.Run().Recipe.Epochs)
			t.OnEpoch = epoch
			a.saves.Store(true)
			sum, err := t.Train(c.Context(), report)
			a.saves.Store(false)
			if errors.Is(err, context.Canceled) {
				return fmt.Errorf("stopped; mgtool train --resume %s goes on", dir)
			}
			if err != nil {
				return err
			}
			return a.showTraining(t, sum, dir)
		},
	}
	fl := c.Flags()
	fl.StringVar(&f.data, "data", "sample", "data set: mnist, fashion-mnist, cifar10, cifar100, cifar100-coarse (20 superclasses), sample (2000 images of Fashion-MNIST, embedded), or a folder of class folders")
	fl.StringVar(&f.dataDir, "data-dir", "", "folder of its files; data/NAME if not given")
	fl.StringVar(&f.shape.model, "model", "mgnet", "model; see mgtool model --list")
	addModelFile(c, &f.shape)
	addShape(c, &f.shape, 64, false)
	f.folders.add(c)
	fl.StringVar(&f.recipe, "recipe", "quick", "how to train: official, course, quick or fast (see --list-recipes), or a JSON file: a recipe as --list-recipes shows it, or a run's config.json")
	fl.BoolVar(&list, "list-recipes", false, "list the recipes with all their values and where these are from")
	fl.StringVar(&f.augment, "augment", "", "how training images are varied, instead of the recipe's way: a list of pad=K, mirror, translate=K, resized-crop, alternating-mirror, cutout=K, mixup=ALPHA, or none")
	fl.IntVar(&f.epochs, "epochs", 0, "epochs, instead of the recipe's")
	fl.IntVar(&f.batch, "batch", 0, "images a step, instead of the recipe's, whose learning rate stays as it is")
	fl.Float64Var(&f.rate, "learning-rate", 0, "learning rate before the schedule, instead of the recipe's")
	fl.StringVar(&f.precision, "precision", "", "of what convolutions multiply in a step: f32, or bf16, 8 bits, which is faster with AVX-512 BF16; unless told the recipe's, mostly f32")
	fl.IntVar(&f.limit, "limit", 0, "train and test on the first so many images each; 0 is all")
	fl.IntVar(&f.holdOut, "hold-out", 0, holdOutUsage)
	fl.StringVar(&f.out, "out", "", "folder of the run; runs/DATA-MODEL if not given")
	fl.BoolVar(&f.keepBest, "keep-best", false, "keep best.safetensors too, of the epoch with the best test accuracy: chosen on the test images")
	fl.IntVar(&f.keepNth, "keep-every", 0, "keep checkpoint-EPOCH.safetensors too, after every so many epochs; 0 is none")
	fl.StringVar(&resume, "resume", "", "folder of a run to go on with")
	fl.StringVar(&changed, "changed", "", "with --resume, if the images or the kernels have changed since the run began: refuse, or say (print a note and go on); default: refuse other images, note other kernels")
	return c
}

// begin makes the training that the flags describe, and its folder.
func (f *trainFlags) begin(c *cobra.Command, seed uint64) (*train.Trainer, string, error) {
	r, err := f.readRecipe(c)
	if c.Context().Err() != nil { // stopped while it waited for the file
		return nil, "", c.Context().Err()
	}
	if err != nil {
		return nil, "", usage(err)
	}
	if err := checkImages(f.limit, f.holdOut); err != nil {
		return nil, "", err
	}
	if f.keepNth < 0 {
		return nil, "", usagef("--keep-every %d; want a number of epochs, or 0 for none", f.keepNth)
	}
	run, err := f.folders.run(c, f.data, f.dataDir)
	if err != nil {
		return nil, "", err
	}
	run.Recipe, run.Seed, run.Limit, run.HoldOut, run.KeepBest, run.KeepEvery = r, seed, f.limit, f.holdOut, f.keepBest, f.keepNth
	if run.Folder != nil && r.ResizedCrop {
		run.Folder.Stored = (8*run.Folder.Size + 6) / 7 // as 256 for 224, which is usual
	}
	dir := f.out
	if dir == "" {
		dir = filepath.Join("runs", run.Data+"-"+f.shape.name())
	}
	about, err := run.Describe()
	if err != nil {
		return nil, "", err
	}
	if run.Model, err = f.shape.config(formOf(about)); err != nil {
		return nil, "", err
	}
	if run.Model.Classes < len(about.Classes) {
		return nil, "", usagef("--classes %d; %s has %d", run.Model.Classes, f.data, len(about.Classes))
	}
	training, test, err := loadRun(c.Context(), &run)
	if err != nil {
		return nil, "", err
	}
	if err := fitBatch(c, &run.Recipe, training); err != nil {
		return nil, "", err
	}
	t, err := orStop(c.Context(), func() (*train.Trainer, error) { return train.NewTrainer(run, training, test, dir) })
	return t, dir, err
}

// readRecipe finds a recipe by its name, or reads it from a JSON file, and changes
// what other flags give.
func (f *trainFlags) readRecipe(c *cobra.Command) (runs.Recipe, error) {
	find := runs.LookupRecipe
	if strings.HasSuffix(f.recipe, ".json") {
		find = func(name string) (runs.Recipe, error) {
			data, err := readJSON(c.Context(), name)
			if err != nil {
				return runs.Recipe{}, err
			}
			r, err := runs.ParseRecipe(data)
			if err != nil {
				err = fmt.Errorf("%s: %w", name, err)
			}
			return r, err
		}
	}
	r, err := find(f.recipe)
	if err != nil {
		return r, err
	}
	r = r.For(f.data)
	if c.Flags().Changed("augment") {
		if r.Augment, err = vision.ParseAugment(f.augment); err != nil {
			return r, err
		}
	}
	if c.Flags().Changed("epochs") {
		r.Epochs = f.epochs
	}
	if c.Flags().Changed("batch") {
		r.Batch = f.batch
	}
	if c.Flags().Changed("learning-rate") {
		r.LearningRate = f.rate
	}
	if c.Flags().Changed("precision") {
		r.Precision = f.precision
	}
	return r, r.Validate()
}

// showTraining prints how a training went.
func (a *app) showTraining(t *train.Trainer, sum train.Summary, dir string) error {
	if a.json {
		result := map[string]any{
			"model": t.Network.Config.Model, "parameters": t.Network.Parameters(), "epochs": sum.Epochs,
			"train_accuracy": number(sum.TrainAccuracy), "test_accuracy": number(sum.TestAccuracy), "loss": number(sum.Loss), "test_loss": number(sum.TestLoss),
			"images_per_s": number(sum.ImagesPerSecond), "load_share": number(sum.LoadShare), "pflop": number(sum.PFLOP), "wall_s": number(sum.Seconds), "run": dir,
			"hold_out": t.Run().HoldOut,
		}
		if supports := t.Network.HatSupports(); supports != nil {
			result["hat_support"] = supports
		}
		return object(result)
	}
	rows := [][]any{{"epoch", "rate", "loss", "train accuracy", "test accuracy", "test loss", "images/s"}}
	for _, e := range t.History() {
		rows = append(rows, []any{e.Epoch, cell{"%.2g", e.LearningRate}, cell{"%.4f", e.Loss}, cell{"%.4f", e.TrainAccuracy}, cell{"%.4f", e.TestAccuracy}, cell{"%.4f", e.TestLoss}, cell{"%.0f", e.ImagesPerSecond}})
	}
	grid(rows...)
	fmt.Printf("\n%d parameters, %d epochs in %.1f s, %.3g PFLOP; test accuracy %.4f (last epoch)\n",
		t.Network.Parameters(), sum.Epochs, sum.Seconds, sum.PFLOP, sum.TestAccuracy)
	stateHoldOut(t.Run())
	if supports := t.Network.HatSupports(); supports != nil {
		fmt.Printf("supports of the hat on each level: %.3g\n", supports)
	}
	if !math.IsNaN(sum.LoadShare) {
		fmt.Printf("%.2f%% of a step is waiting for its images\n", 100*sum.LoadShare)
	}
	fmt.Printf("%s holds the run\n", dir)
	return nil
}

const holdOutUsage = "hold every so many-th training image of a class out and test on these, not on the test images: to choose settings by; 0 is none"

// checkImages reports a --limit or --hold-out that is out of its range.
func checkImages(limit, holdOut int) error {
	if limit < 0 {
		return usagef("--limit %d; want the number of images, or 0 for all", limit)
	}
	if holdOut < 0 || holdOut == 1 {
		return usagef("--hold-out %d; want 2 or more, 10 for a tenth, or 0 for none", holdOut)
	}
	return nil
}

// stateHoldOut says so where the test images are not those of the data set.
func stateHoldOut(r runs.Run) {
	if r.HoldOut > 0 {
		fmt.Printf("tested on training images held out, every %dth of a class\n", r.HoldOut)
	}
}

// listRecipes prints every recipe as the JSON that --recipe reads from a file.
func (a *app) listRecipes() error {
	if a.json {
		return object(map[string]any{"recipes": runs.Recipes()})
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
