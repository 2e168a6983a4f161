package main

// mgtool inspect.

import (
	"fmt"

	"github.com/spf13/cobra"

	"mgtool/mgnet"
	"mgtool/mgnet/evaluate"
	"mgtool/mgnet/runs"
	"mgtool/vision"
)

func (a *app) inspect() *cobra.Command {
	var run, dataDir, out, checkpoint string
	var index int
	c := &cobra.Command{
		Use:   "inspect [FILE]",
		Short: "Show what a trained model has learned and makes of one image",
		Long: `Show what a trained model has learned and makes of one image: a test image, by
its index, or a picture's file, cut and scaled as mgtool predict does.

The folder --out gets image.png, stem.png with the kernels of the first layer, and
for every level of the walk a contact sheet of channels as it starts
(level1-start.png), after the way down (level1-down.png), at the bottom
(level3-bottom.png) and, in a V-cycle, after the way up (level1-up.png). A sheet
shows the feature u, the residual r = g - A u and the data g = r + A u; a ResNet
has r alone, a classic CNN its feature f.`,
		Example: `  mgtool inspect --run runs/first --index 3 --out runs/first/image3
  mgtool inspect --run runs/first shirt.png --out shirt`,
		RunE: func(c *cobra.Command, files []string) error {
			byIndex := c.Flags().Changed("index")
			if run == "" || out == "" || len(files) > 1 || byIndex == (len(files) == 1) {
				return usagef("want --run FOLDER, --out FOLDER and one image: --index K or a picture's file")
			}
			if byIndex && index < 0 {
				return usagef("--index %d; want 0 or more", index)
			}
			n, r, err := runs.OpenCheckpoint(run, checkpoint)
			if err != nil {
				return err
			}
			var d *vision.Dataset // with the image
			var name, label string
			if byIndex {
				if d, err = testImages(c.Context(), &r, dataDir); err != nil {
					return err
				}
				if index >= d.Len() {
					return usagef("--index %d; %s has test images 0 to %d", index, r.Data, d.Len()-1)
				}
				label = d.Classes[d.Labels[index]]
				name = fmt.Sprintf("test image %d of %s", index, r.Data)
				if file := d.File(index); file != "" {
					name += " (" + file + ")"
				}
			} else {
				name = files[0]
				d, err = orStop(c.Context(), func() (*vision.Dataset, error) { return pictureAsData(r, n.Config, name) })
				if err != nil {
					return err
				}
			}
			if err := makeFolder("out", out); err != nil {
				return err
			}
			x := make([]float32, d.Height*d.Width*d.Channels)
			if err := d.Normalize(x, index, 1); err != nil {
				return err
			}
			i, err := evaluate.Inspect(n, x)
			if err != nil {
				return err
			}
			best := evaluate.Best(i.Probabilities)
			if best < 0 {
				return fmt.Errorf("%s: the model gives no finite score", name)
			}
			predicted, about := evaluate.ClassName(d.Classes, best), name
			if label != "" {
				about += ", " + label
			}
			about += fmt.Sprintf(": taken for %s, probability %.3f", predicted, i.Probabilities[best])
			written, err := i.WriteFiles(out, d.Picture(index), about)
			if err != nil {
				return err
			}
			if a.json {
				result := map[string]any{"run": run, "model": n.Config.Model, "image": name, "predicted": predicted, "probability": number(i.Probabilities[best]), "files": written}
				if label != "" {
					result["label"] = label
				}
				return object(result)
			}
			fmt.Println(printable(about))
			for _, f := range written {
				fmt.Println(printable(f))
			}
			return nil
		},
	}
	c.Flags().StringVar(&run, "run", "", "folder of the run")
	addCheckpoint(c, &checkpoint)
	c.Flags().IntVar(&index, "index", 0, "index of a test image, from 0, as in mistakes.csv of mgtool eval")
	c.Flags().StringVar(&dataDir, "data-dir", "", "folder of the data, if it has moved")
	c.Flags().StringVar(&out, "out", "", "folder for the pictures")
	return c
}

// pictureAsData reads a picture as a data set of one image without a known label.
func pictureAsData(r runs.Run, c mgnet.Config, file string) (*vision.Dataset, error) {
	about, err := r.Describe()
	if err != nil {
		return nil, err
	}
	pixels, err := vision.ReadPicture(file, c.Height, c.Width, c.InChannels)
	if err != nil {
		return nil, err
	}
	d := *about
	d.Height, d.Width, d.Channels = c.Height, c.Width, c.InChannels
	d.Pixels, d.Labels = pixels, []uint16{0}
	return &d, nil
}
