package main

// mgtool train.

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mgtool/mgnet"
	"mgtool/vision"
)

func (a *app) train() *cobra.Command {
	var shape shapeFlags
	var data, dataDir, recipe, augment, out, resume string
	var folders folderFlags
	var epochs, batch, limit int
	var rate float64
	c := &cobra.Command{
		Use:   "train",
		Short: "Train MgNet on images",
		Long: `Train MgNet on images.

The folder --out gets config.json, metrics.csv, checkpoint.safetensors and
curves.png. Ctrl-C saves a checkpoint; --resume goes on from it and ends in the
same bits as a training that was never stopped.`,
		Example: `  mgtool train --data sample --channels 16 --smoothings 1,1,1 --out runs/first
  mgtool train --data cifar10 --data-dir data/cifar10 --channels 64 --recipe course --out runs/cifar
  mgtool train --data photos --size 64 --channels 32 --augment resized-crop,mirror --out runs/photos
  mgtool train --resume runs/cifar`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			var t *mgnet.Trainer
			dir := out
			if resume != "" {
				// The run's own configuration holds; other values would make another run.
				var err error
				c.Flags().Visit(func(f *pflag.Flag) {
					if !slices.Contains([]string{"resume", "threads", "json"}, f.Name) {
						err = usagef("--resume goes on with the run's own settings; drop --%s", f.Name)
					}
				})
				if err != nil {
					return err
				}
				if t, err = mgnet.ResumeTrainer(resume); err != nil {
					return err
				}
				dir = resume
			} else {
				r, err := readRecipe(recipe)
				if err != nil {
					return usage(err)
				}
				r = r.For(data)
				set := func(name string, to *int, value int) {
					if c.Flags().Changed(name) {
						*to = value
					}
				}
				if c.Flags().Changed("augment") {
					if r.Augment, err = vision.ParseAugment(augment); err != nil {
						return usage(err)
					}
				}
				set("epochs", &r.Epochs, epochs)
				set("batch", &r.Batch, batch)
				if c.Flags().Changed("learning-rate") {
					r.LearningRate = rate
				}
				if err := r.Validate(); err != nil {
					return usage(err)
				}
				if limit < 0 {
					return usagef("--limit %d; want the number of images, or 0 for all", limit)
				}
				run, err := folders.run(c, data, dataDir)
				if err != nil {
					return err
				}
				run.Recipe, run.Seed, run.Limit = r, a.seed, limit
				if run.Folder != nil && r.ResizedCrop {
					run.Folder.Stored = (8*run.Folder.Size + 6) / 7 // as 256 for 224, which is usual
				}
				if dir == "" {
					dir = filepath.Join("runs", run.Data+"-"+shape.name())
				}
				about, err := run.Describe()
				if err != nil {
					return err
				}
				if run.Model, err = shape.config(formOf(about)); err != nil {
					return err
				}
				if run.Model.Classes < len(about.Classes) {
					return usagef("--classes %d; %s has %d", run.Model.Classes, data, len(about.Classes))
				}
				train, test, err := loadRun(&run)
				if err != nil {
					return err
				}
				if t, err = mgnet.NewTrainer(run, train, test, dir); err != nil {
					return err
				}
			}
			sum, err := t.Train(c.Context(), trainingProgress())
			if errors.Is(err, context.Canceled) {
				return fmt.Errorf("stopped; mgtool train --resume %s goes on", dir)
			}
			if err != nil {
				return err
			}
			if a.json {
				return object(map[string]any{
					"model": t.Network.Config.Model, "parameters": t.Network.Parameters(), "epochs": sum.Epochs,
					"train_accuracy": number(sum.TrainAccuracy), "test_accuracy": number(sum.TestAccuracy), "loss": number(sum.Loss),
					"images_per_s": number(sum.ImagesPerSecond), "load_share": number(sum.LoadShare), "pflop": number(sum.PFLOP), "wall_s": number(sum.Seconds), "run": dir,
				})
			}
			rows := [][]any{{"epoch", "rate", "loss", "train accuracy", "test accuracy", "images/s"}}
			for _, e := range t.History() {
				rows = append(rows, []any{e.Epoch, cell{"%.2g", e.LearningRate}, cell{"%.4f", e.Loss}, cell{"%.4f", e.TrainAccuracy}, cell{"%.4f", e.TestAccuracy}, cell{"%.0f", e.ImagesPerSecond}})
			}
			grid(rows...)
			fmt.Printf("\n%d parameters, %d epochs in %.1f s, %.3g PFLOP; test accuracy %.4f (last epoch)\n",
				t.Network.Parameters(), sum.Epochs, sum.Seconds, sum.PFLOP, sum.TestAccuracy)
			if !math.IsNaN(sum.LoadShare) {
				fmt.Printf("%.2f%% of a step is waiting for its images\n", 100*sum.LoadShare)
			}
			fmt.Printf("%s holds the run\n", dir)
			return nil
		},
	}
	fl := c.Flags()
	fl.StringVar(&data, "data", "sample", "data set: mnist, fashion-mnist, cifar10, cifar100, cifar100-coarse (20 superclasses), sample (2000 images of Fashion-MNIST, embedded), or a folder of class folders")
	fl.StringVar(&dataDir, "data-dir", "", "folder of its files; data/NAME if not given")
	fl.StringVar(&shape.model, "model", "mgnet", "model; see mgtool model --list")
	addModelFile(c, &shape)
	addShape(c, &shape, 64, false)
	folders.add(c)
	fl.StringVar(&recipe, "recipe", "quick", "how to train: official, course or quick, or a JSON file as config.json has it under recipe")
	fl.StringVar(&augment, "augment", "", "how training images are varied, instead of the recipe's way: a list of pad=K, mirror, translate=K, resized-crop, alternating-mirror, cutout=K, mixup=ALPHA, or none")
	fl.IntVar(&epochs, "epochs", 0, "epochs, instead of the recipe's")
	fl.IntVar(&batch, "batch", 0, "images a step, instead of the recipe's")
	fl.Float64Var(&rate, "learning-rate", 0, "learning rate at the start, instead of the recipe's")
	fl.IntVar(&limit, "limit", 0, "train and test on the first so many images each; 0 is all")
	fl.StringVar(&out, "out", "", "folder of the run; runs/DATA-MODEL if not given")
	fl.StringVar(&resume, "resume", "", "folder of a run to go on with")
	return c
}

// readRecipe finds a recipe by its name, or reads it from a JSON file.
func readRecipe(name string) (mgnet.Recipe, error) {
	if !strings.HasSuffix(name, ".json") {
		return mgnet.RecipeNamed(name)
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return mgnet.Recipe{}, err
	}
	return mgnet.ParseRecipe(data)
}
