package main

// mgtool inspect.

import (
	"fmt"

	"github.com/spf13/cobra"

	"mgtool/tool"
)

func (a *app) inspect() *cobra.Command {
	var q tool.Inspect
	c := &cobra.Command{
		Use:   "inspect [FILE]",
		Short: "Show what a trained model has learned and how it sees one image",
		Long: `Show what a trained model has learned and how it sees one image: a test image, by
its index, or a picture file, cropped and scaled as mgtool predict does.

The folder --out gets image.png, stem.png with the kernels of the first layer, and
for every level a contact sheet of channels as the level starts
(level1-start.png), after the way down (level1-down.png), at the bottom
(level3-bottom.png) and, in a V-cycle, after the way up (level1-up.png). A sheet
shows the feature u, the residual r = g - A u and the data g = r + A u; a ResNet
has r alone, a classic CNN its feature f.`,
		Example: `  mgtool inspect --run runs/first --index 3 --out runs/first/image3
  mgtool inspect --run runs/first shirt.png --out shirt`,
		RunE: func(c *cobra.Command, files []string) error {
			byIndex := c.Flags().Changed("index")
			if q.Run == "" || q.Out == "" || len(files) > 1 || byIndex == (len(files) == 1) {
				return tool.Usagef("want --run FOLDER, --out FOLDER and one image: --index K or a picture file")
			}
			if !byIndex {
				q.File = files[0]
			}
			r, err := q.Inspect(c.Context(), reporter)
			if err != nil {
				return err
			}
			if a.json {
				result := map[string]any{"run": q.Run, "model": r.Network.Model.Sig().Family, "image": r.Image, "predicted": r.Predicted, "probability": number(r.Probability), "files": r.Files}
				if r.Label != "" {
					result["label"] = r.Label
				}
				return printJSON(result)
			}
			fmt.Println(printable(r.About))
			for _, f := range r.Files {
				fmt.Println(printable(f))
			}
			return nil
		},
	}
	c.Flags().StringVar(&q.Run, "run", "", "folder of the run")
	addCheckpoint(c, &q.Checkpoint)
	c.Flags().IntVar(&q.Index, "index", 0, "index of a test image, from 0, as in the mistakes.csv of mgtool eval")
	c.Flags().StringVar(&q.DataDir, "data-dir", "", "folder of the data, if they have moved")
	c.Flags().StringVar(&q.Out, "out", "", "folder for the pictures")
	return c
}
