package main

// mgtool train sequences, and the flags that say how sequences are read.

import (
	"github.com/spf13/cobra"

	"mgtool/sequence"
)

const sequenceData = "a file of sequences, the training part NAME_TRAIN.tsv of two, or a folder with such a part: .tsv, .csv or .txt as in the UCR archive, or .npy"

func (a *app) trainSequences() *cobra.Command {
	j := sequence.NewJob()
	return a.trainJob(j, jobText{
		Short: "Train a network to tell sequences apart, such as pulses or electrocardiograms",
		Long: `Train a network to give each sequence its class.

A text file has a sequence a line, its label first; numbers are separated by tabs, commas,
semicolons or spaces, and a heading is skipped. An array (.npy) has the shape (N, L), with
the label in the last column, or (N, L, C) or (N, L) with the labels in NAME_labels.npy or
NAME_labels.txt. With NAME_TRAIN and NAME_TEST one is trained and the other tested on;
without, every fifth sequence of each class is tested on. With --window the file is one
record, a place a line and a channel a column, the label last; the last fifth of it is
tested on. A missing value is an error.

The networks are those of one dimension: kernels 1×K, on sequences of L places. The default,
mgnet1d, has 3,450 parameters for one channel and two classes.`,
		Example: `  mgtool data make pulses --out pulses
  mgtool train sequences --data pulses --out runs/pulses
  mgtool train sequences --data ECG200 --model resnet1d --class-weights balanced
  mgtool train sequences --data walk.csv --window 128 --step 64
  mgtool eval --run runs/pulses --out figures
  mgtool predict --run runs/pulses new.csv`,
		Data: sequenceData,
	}, func(c *cobra.Command) {
		addReading(c, j)
		c.Flags().StringVar(&j.ClassWeights, "class-weights", "", "weights of the classes in the loss: balanced, or a number each, in the order of the classes, as in 1,5")
	}, nil)
}

// addReading adds the flags that say how sequences are read and scaled.
func addReading(c *cobra.Command, j *sequence.Job) {
	fl := c.Flags()
	fl.StringVar(&j.Labels, "labels", "", "where the labels are: first or last column, or file, NAME_labels.npy or NAME_labels.txt; default first in text, last in arrays and records, or the file if there is one")
	fl.IntVar(&j.Reading.Channels, "sequence-channels", 0, "values at each place of a line: x1 y1 z1 x2 y2 z2 has 3; default 1")
	fl.IntVar(&j.Window, "window", 0, "take the file as one record and cut it into sequences of K places")
	fl.IntVar(&j.Step, "step", 0, "places from the beginning of a window to that of the next; default that of --window")
	fl.StringVar(&j.Normalise, "normalise", j.Normalise, "scale each channel by the mean and deviation of its sequence (sample), of all training sequences (training), or not at all (none)")
}
