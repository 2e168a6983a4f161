package main

// mgtool train fields.

import (
	"github.com/spf13/cobra"

	"mgtool/field/learn"
)

func (a *app) trainFields() *cobra.Command {
	j := learn.New()
	text := jobText{
		Short: "Learn an operator from pairs of fields, by MgNO or a Fourier neural operator",
		Long: `Learn the operator that maps a to u from the samples of mgtool data make: a network
whose layers are linear V-cycles (mgno) or multiply Fourier modes (fno). The loss of an
epoch is the relative error in H1 (or L2) of the training samples, the test loss the one
in L2 of the test samples.`,
		Example: `  mgtool data make darcy --out darcy.safetensors
  mgtool train fields --data darcy.safetensors --out runs/mgno
  mgtool train fields --data darcy.safetensors --model fno --out runs/fno
  mgtool eval --run runs/mgno --data-dir other-size.safetensors`,
		Data: "a file of mgtool data make, or safetensors with arrays a and u",
	}
	return a.trainJob(j, text, func(c *cobra.Command) {
		c.Flags().StringVar(&j.Loss, "loss", j.Loss, "norm of the relative error that is minimised: h1 or l2")
		c.Flags().IntVar(&j.Test, "test", 0, "test with the last K samples; 0 for those of the data's recipe")
	}, nil)
}
