package main

// mgtool model export, import and convert.

import (
	"fmt"

	"github.com/spf13/cobra"

	"mgtool/tool"
)

func (a *app) modelExport() *cobra.Command {
	var e tool.Export
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
			n, err := e.Write()
			if err != nil {
				return err
			}
			if a.json {
				return printJSON(map[string]any{"run": e.Run, "model": n.Model.Sig().Family, "parameters": n.Parameters(), "file": e.Out})
			}
			fmt.Printf("%s holds the %d parameters of %s\n", e.Out, n.Parameters(), e.Run)
			return nil
		},
	}
	c.Flags().StringVar(&e.Run, "run", "", "folder of the run")
	addCheckpoint(c, &e.Checkpoint)
	c.Flags().StringVar(&e.Out, "out", "", "file to write, NAME"+tool.WeightsEnding)
	c.Flags().BoolVar(&e.Small, "small", false, "write float16, and shared weights once: for load_model of safetensors.torch, not load_state_dict")
	return c
}

// importFlags describe a file of weights.
type importFlags struct {
	tool.Import
	data  dataFlags
	shape shapeFlags
}

func (f *importFlags) add(c *cobra.Command) {
	fl := c.Flags()
	addModel(c, &f.shape)
	addShape(c, &f.shape, gridChannels, false)
	fl.StringVar(&f.data.Name, "data", "", "data set that the model was trained on, whose mean and standard deviation normalise the images: a name of mgtool data list, or a folder of class folders")
	fl.StringVar(&f.data.Dir, "data-dir", "", "folder of its files; default data/NAME")
	fl.Float32SliceVar(&f.Mean, "mean", nil, "means that the training subtracted, one for each channel, for pixels from 0 to 1 (default: those of the data)")
	fl.Float32SliceVar(&f.Std, "std", nil, "standard deviations, likewise; the model reads (x - mean) / std")
	f.data.addFolder(c)
}

// complete adds the file and the values of the flags.
func (f *importFlags) complete(c *cobra.Command, file string) (err error) {
	f.File = file
	if f.Data, err = f.data.choice(c); err != nil {
		return err
	}
	if name := changed(c, folderFlagNames); name != "" && f.Data.Name == "" {
		return tool.Usagef("--%s is for a folder of class folders; want --data FOLDER too", name)
	}
	f.Shaped = f.shape.File != "" || f.shape.shaped() || c.Flags().Changed("model")
	f.Shape, err = f.shape.choice()
	return err
}

func (a *app) modelImport() *cobra.Command {
	var f importFlags
	c := &cobra.Command{
		Use:   "import FILE" + tool.WeightsEnding,
		Short: "Make a run from a PyTorch state_dict",
		Long: `Make a run, for eval, predict and export, from a PyTorch state_dict in a safetensors
file, with the names that mgtool model export writes.

A file written by mgtool model export states its model and data; flags override both.
For other files, --data gives the data, and --config, or --model and the flags of its
shape, the model. Images are normalised by the mean and standard deviation of the data,
or by --mean and --std if the weights were trained with others; config.json keeps them.

PyTorch's own format is a pickle (.pt, .pth, .th); the error for one shows the Python
code that converts it to safetensors. A prefix that all names share, from DataParallel
(module.), torch.compile (_orig_mod.) or Lightning (model.), is dropped.`,
		Example: `  mgtool model import first.safetensors --out runs/again
  mgtool model import theirs.safetensors --model mgnet --channels 256 --smoothings 2,2,2,2 --data cifar100 --out runs/theirs
  mgtool model import theirs.safetensors --config model.json --data cifar10 --data-dir data/cifar10 --out runs/theirs
  mgtool model import theirs.safetensors --model resnet18 --data cifar10 --mean 0.4914,0.4822,0.4465 --std 0.2023,0.1994,0.2010 --out runs/theirs`,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) != 1 || f.Out == "" {
				return tool.Usagef("want one file of weights, and --out FOLDER")
			}
			if err := f.complete(c, args[0]); err != nil {
				return err
			}
			n, r, err := f.Read(c.Context(), reporter)
			if err != nil {
				return err
			}
			if a.json {
				return printJSON(map[string]any{"file": f.File, "model": n.Model.Sig().Family, "parameters": n.Parameters(), "data": r.Data, "run": f.Out})
			}
			fmt.Printf("%s holds the %d parameters of %s\n", f.Out, n.Parameters(), f.File)
			return nil
		},
	}
	f.add(c)
	c.Flags().StringVar(&f.Out, "out", "", "folder of the run")
	return c
}

func (a *app) modelConvert() *cobra.Command {
	var v tool.Convert
	c := &cobra.Command{
		Use:   "convert",
		Short: "Write an MgNet as a pre-act ResNet with the same scores, or back",
		Long: `Write an MgNet as a pre-act ResNet with the same scores, or back.

In r = g - A u, a step of MgNet is a block of a pre-act ResNet, r + (-A) s B s r with s the
norm and ReLU (He & Xu 2019). The ResNet carries u, r and -r, three channels for each of
MgNet, and has a block more on each level, the way there. Scores are equal, to rounding, in
evaluation: in a training, norms that are the identity here would take the statistics of the
batch. MgNet needs ReLU, the paper's R and Π, and dense kernels; back it is the same to the bit.`,
		Example: `  mgtool model convert --run runs/first --to preact --out runs/first-preact
  mgtool model convert --run runs/first-preact --to mgnet --out runs/first-again`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			r, err := v.Write()
			if err != nil {
				return err
			}
			if a.json {
				return printJSON(map[string]any{
					"run": v.Run, "to": v.To, "out": v.Out, "parameters": r.From.Parameters(), "parameters_out": r.To.Parameters(),
					"difference": number(r.Difference), "largest_score": number(r.Largest),
				})
			}
			fmt.Printf("%s holds %s as %s, %d parameters for %d; scores of random images differ by %.2g, the largest is %.3g\n", v.Out, v.Run, v.To, r.To.Parameters(), r.From.Parameters(), r.Difference, r.Largest)
			return nil
		},
	}
	c.Flags().StringVar(&v.Run, "run", "", "folder of the run")
	addCheckpoint(c, &v.Checkpoint)
	c.Flags().StringVar(&v.To, "to", "", "preact or mgnet")
	c.Flags().StringVar(&v.Out, "out", "", "folder of the new run")
	return c
}
