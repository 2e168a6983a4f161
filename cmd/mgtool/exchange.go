package main

// mgtool model export and mgtool model import.

import (
	"fmt"

	"github.com/spf13/cobra"

	"mgtool/mgnet/exchange"
	"mgtool/mgnet/runs"
)

const weightsEnding = ".safetensors"

func (a *app) modelExport() *cobra.Command {
	var run, out, checkpoint string
	var small bool
	c := &cobra.Command{
		Use:   "export",
		Short: "Write a run's weights as a PyTorch state_dict",
		Long: `Write a run's weights as a PyTorch state_dict, in a safetensors file.

Names and layouts are those of XuTeam/MgNet_Code for mgnet, of torchvision for resnet
and of kuangliu/pytorch-cifar for preact; mgnet/names.go lists them all.
mgnet/exchange/testdata/mgnet_torch.py has modules that load the file.`,
		Example: `  mgtool model export --run runs/first --out first.safetensors`,
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			if run == "" || out == "" {
				return usagef("want --run FOLDER and --out FILE%s", weightsEnding)
			}
			if err := canWrite("out", out, weightsEnding); err != nil {
				return err
			}
			n, r, err := runs.OpenCheckpoint(run, checkpoint)
			if err != nil {
				return err
			}
			export := exchange.Export
			if small {
				export = exchange.ExportSmall
			}
			if err := export(out, n, r); err != nil {
				return err
			}
			if a.json {
				return object(map[string]any{"run": run, "model": n.Config.Model, "parameters": n.Parameters(), "file": out})
			}
			fmt.Printf("%s holds the %d parameters of %s\n", out, n.Parameters(), run)
			return nil
		},
	}
	c.Flags().StringVar(&run, "run", "", "folder of the run")
	addCheckpoint(c, &checkpoint)
	c.Flags().StringVar(&out, "out", "", "file to write, NAME"+weightsEnding)
	c.Flags().BoolVar(&small, "small", false, "weights as float16, and shared ones once: for load_model of safetensors.torch, not load_state_dict")
	return c
}

// importFlags say what a file of weights is of.
type importFlags struct {
	shape         shapeFlags
	data, dataDir string
	folders       folderFlags
	mean, std     []float32
}

func (f *importFlags) add(c *cobra.Command) {
	fl := c.Flags()
	fl.StringVar(&f.shape.model, "model", "mgnet", "model; see mgtool model --list")
	addModelFile(c, &f.shape)
	addShape(c, &f.shape, 64, false)
	fl.StringVar(&f.data, "data", "", "data set that the model is for, and by whose moments images are normalised: a name of mgtool data list, or a folder of class folders")
	fl.StringVar(&f.dataDir, "data-dir", "", "folder of its files; data/NAME if not given")
	fl.Float32SliceVar(&f.mean, "mean", nil, "means by which the training normalised its images, one a channel, for pixels from 0 to 1 (default: those of the data)")
	fl.Float32SliceVar(&f.std, "std", nil, "standard deviations, likewise; the model reads (x - mean) / std")
	f.folders.add(c)
}

// run describes the run of a file: by what it says itself, and by flags in place of that.
func (f *importFlags) run(c *cobra.Command, file string) (runs.Run, error) {
	told := f.shape.file != "" || f.shape.shaped() || c.Flags().Changed("model")
	own, known, err := exchange.ReadExported(file)
	if err != nil {
		return own, err
	}
	if !known && (f.data == "" || !told) {
		return own, usagef("%s does not say what it is of; want --data, and --config or --model with the flags of its shape", file)
	}
	r, err := f.images(c, own)
	if err != nil {
		return r, err
	}
	r.Model = own.Model
	if told {
		about, err := r.Describe()
		if err != nil {
			return r, err
		}
		if r.Model, err = f.shape.config(formOf(about)); err != nil {
			return r, err
		}
	}
	if c.Flags().Changed("mean") || c.Flags().Changed("std") {
		if err := r.SetMoments(f.mean, f.std); err != nil {
			return r, usage(err)
		}
	}
	if err := r.FitsData(own); err != nil || r.Folder == nil || r.Folder.Mean != nil {
		return r, err
	}
	_, _, err = loadRun(c.Context(), &r) // the moments are those of its pictures
	return r, err
}

// images describes the data: that of --data, or that of the file and where it is.
func (f *importFlags) images(c *cobra.Command, own runs.Run) (runs.Run, error) {
	if f.data != "" {
		return f.folders.run(c, f.data, f.dataDir)
	}
	if name := changed(c, folderFlagNames); name != "" {
		return own, usagef("--%s is for a folder of class folders; want --data FOLDER too", name)
	}
	r := runs.Run{Data: own.Data, Folder: own.Folder, Mean: own.Mean, Std: own.Std}
	switch {
	case r.Folder == nil:
		r.DataDir = folder(r.Data, f.dataDir)
		return r, checkDataDir(r.Data, f.dataDir)
	case f.dataDir != "":
		r.DataDir = absolute(f.dataDir)
	}
	return r, nil
}

// changed is the first of the flags that the user has set.
func changed(c *cobra.Command, names []string) string {
	for _, name := range names {
		if c.Flags().Changed(name) {
			return name
		}
	}
	return ""
}

func (a *app) modelImport() *cobra.Command {
	var f importFlags
	var out string
	c := &cobra.Command{
		Use:   "import FILE" + weightsEnding,
		Short: "Make a run of a PyTorch state_dict",
		Long: `Make a run, for eval, predict and export, of a PyTorch state_dict in a safetensors
file, with the names that mgtool model export writes.

A file of mgtool model export says itself which model and data it is of, unless flags
do. Of others --data gives the data, and --config, or --model and the flags of its
shape, the model. Images are normalised by the moments of the data, or by --mean and
--std if the weights were trained with others; config.json keeps these.

PyTorch's own format is a pickle (.pt, .pth, .th); the error for one shows the Python
code that converts it to safetensors. A prefix that all names share, from DataParallel
(module.), torch.compile (_orig_mod.) or Lightning (model.), is dropped.`,
		Example: `  mgtool model import first.safetensors --out runs/again
  mgtool model import theirs.safetensors --model mgnet --channels 256 --smoothings 2,2,2,2 --data cifar100 --out runs/theirs
  mgtool model import theirs.safetensors --config model.json --data cifar10 --data-dir data/cifar10 --out runs/theirs
  mgtool model import theirs.safetensors --model resnet18 --data cifar10 --mean 0.4914,0.4822,0.4465 --std 0.2023,0.1994,0.2010 --out runs/theirs`,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) != 1 || out == "" {
				return usagef("want one file of weights, and --out FOLDER")
			}
			r, err := f.run(c, args[0])
			if err != nil {
				return err
			}
			n, err := exchange.Import(args[0], out, r)
			if err != nil {
				return err
			}
			if a.json {
				return object(map[string]any{"file": args[0], "model": n.Config.Model, "parameters": n.Parameters(), "data": r.Data, "run": out})
			}
			fmt.Printf("%s holds the %d parameters of %s\n", out, n.Parameters(), args[0])
			return nil
		},
	}
	f.add(c)
	c.Flags().StringVar(&out, "out", "", "folder of the run")
	return c
}
