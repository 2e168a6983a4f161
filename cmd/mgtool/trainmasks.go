package main

// mgtool train masks: the segmentation of pictures.

import (
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"mgtool/mask"
	"mgtool/tool"
)

func (a *app) trainMasks() *cobra.Command {
	j := mask.New()
	var size, weights string
	return a.trainJob(j, jobText{
		Short: "Train a network to give each pixel of pictures a class",
		Long: `Train a network to give each pixel of pictures a class. The default model is MgNet as
a V-cycle with prolongation and a head for each pixel; unet is the original U-Net.

A mask is a picture with the name and the size of its picture: the indices of its
palette, or its shades of grey, are the classes in increasing order. The folder may
have classes.txt with a name for each. mgtool data make shapes makes such a folder.`,
		Example: `  mgtool data make shapes --out shapes
  mgtool train masks --data shapes --channels 16 --mirror --out runs/shapes
  mgtool eval --run runs/shapes --out runs/shapes/eval
  mgtool predict --run runs/shapes shapes/test/images/000000.png --out mask.png`,
		Data: "folder with train/images, train/masks, test/images and test/masks, or with images and masks, of which a fifth is for testing",
	}, func(c *cobra.Command) {
		f := c.Flags()
		f.StringVar(&size, "size", "", "cut and resample pictures to H or HxW pixels; by default they have one size, which is kept")
		f.IntVar(&j.Channels, "picture-channels", j.Channels, "channels of the pictures: 1 grey, 3 colour")
		f.BoolVar(&j.Mirror, "mirror", false, "mirror half of the training pictures, and their masks, in each epoch")
		f.IntVar(&j.Ignored, "ignore", j.Ignored, "value in masks of pixels that are not counted, such as 255; -1 is none")
		f.StringVar(&weights, "class-weights", "", "weight of each class in the loss, as in 0.2,1,1; default 1 for all")
	}, func(*cobra.Command) error {
		if size != "" {
			h, w, square := strings.Cut(size, "x")
			var err, err2 error
			j.Height, err = strconv.Atoi(h)
			if j.Width = j.Height; square {
				j.Width, err2 = strconv.Atoi(w)
			}
			if err != nil || err2 != nil || j.Height < 1 || j.Width < 1 {
				return tool.Usagef("--size %s; want a number of pixels, or HxW", size)
			}
		}
		j.Weights = nil
		if weights == "" {
			return nil
		}
		for _, text := range strings.Split(weights, ",") {
			v, err := strconv.ParseFloat(strings.TrimSpace(text), 32)
			if err != nil {
				return tool.Usagef("--class-weights %s; want numbers, as in 0.2,1,1", weights)
			}
			j.Weights = append(j.Weights, float32(v))
		}
		return nil
	})
}
