package main

import (
	"github.com/spf13/cobra"

	"mgtool/forecast"
)

// trainForecast is mgtool train forecast.
func (a *app) trainForecast() *cobra.Command {
	j := forecast.New()
	return a.trainJob(j, jobText{
		Short: "Train a network that forecasts time series",
		Long: `Train a network that forecasts time series: the next --horizon values of each variable
from a window of --look-back values of it.

The series is parted by --split. Each variable is standardised by its training part; the
mean squared and absolute errors of mgtool eval are those of the standardised values, over
all windows of the test part, all variables and all steps ahead. Any --hold-out tests on the
validation part. All variables share the weights.

mgtool eval --out draws forecasts beside the truth; mgtool predict FILE forecasts what
follows the end of a file, in its own units.`,
		Example: `  mgtool train forecast --data ETTh1.csv --out run
  mgtool eval --run run --out pictures
  mgtool predict --run run ETTh1.csv --out next.csv
  mgtool train forecast --data exchange_rate.txt --model dlinear --loss mse --horizon 192`,
		Data: "file of the series: .csv with a header, .txt without, either with dates in the first column and with .gz, or .npy of shape (times, variables)",
	}, func(c *cobra.Command) {
		fl := c.Flags()
		fl.IntVar(&j.LookBack, "look-back", j.LookBack, "number of values in a window")
		fl.IntVar(&j.Horizon, "horizon", j.Horizon, "number of values to forecast")
		fl.StringVar(&j.Split, "split", "", "training, validation and test part, as numbers of times (8640,2880,2880) or shares (0.7,0.1,0.2); default those numbers for ETTh1 and ETTh2, 34560,11520,11520 for ETTm1 and ETTm2, these shares for others; config.json notes it")
		fl.StringVar(&j.Loss, "loss", j.Loss, "what a training minimises: mae (mean absolute error) or mse (mean squared error)")
	}, nil)
}
