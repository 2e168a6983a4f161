package main

// What one change is worth: a difference of means over seeds, with its interval.

import (
	"fmt"
	"io"
	"slices"

	"gonum.org/v1/gonum/stat"

	"mgtool/internal/effects"
)

// change compares the experiments with a property with those without it.
type change struct {
	group, about  string
	with, without []string
}

var changes = []change{
	{equal, "A^l for A^{l,i}, all three kinds", []string{"cost-resnet-a", "cost-resnet-ab", "cost-preact-a", "cost-preact-ab", "cost-mgnet-a", "cost-mgnet-ab"}, []string{"cost-resnet", "cost-resnet-b", "cost-preact", "cost-preact-b", "cost-mgnet", "cost-mgnet-b"}},
	{equal, "the same, ResNet", []string{"cost-resnet-a", "cost-resnet-ab"}, []string{"cost-resnet", "cost-resnet-b"}},
	{equal, "the same, pre-act ResNet", []string{"cost-preact-a", "cost-preact-ab"}, []string{"cost-preact", "cost-preact-b"}},
	{equal, "the same, MgNet", []string{"cost-mgnet-a", "cost-mgnet-ab"}, []string{"cost-mgnet", "cost-mgnet-b"}},
	{equal, "B^l for B^{l,i}, all three kinds", []string{"cost-resnet-b", "cost-resnet-ab", "cost-preact-b", "cost-preact-ab", "cost-mgnet-b", "cost-mgnet-ab"}, []string{"cost-resnet", "cost-resnet-a", "cost-preact", "cost-preact-a", "cost-mgnet", "cost-mgnet-a"}},
	{equal, "the same, ResNet", []string{"cost-resnet-b", "cost-resnet-ab"}, []string{"cost-resnet", "cost-resnet-a"}},
	{equal, "the same, pre-act ResNet", []string{"cost-preact-b", "cost-preact-ab"}, []string{"cost-preact", "cost-preact-a"}},
	{equal, "the same, MgNet", []string{"cost-mgnet-b", "cost-mgnet-ab"}, []string{"cost-mgnet", "cost-mgnet-a"}},
	{equal, "pre-act ResNet for ResNet, whatever is shared", []string{"cost-preact", "cost-preact-a", "cost-preact-b", "cost-preact-ab"}, []string{"cost-resnet", "cost-resnet-a", "cost-resnet-b", "cost-resnet-ab"}},
	{equal, "MgNet for ResNet, whatever is shared", []string{"cost-mgnet", "cost-mgnet-a", "cost-mgnet-b", "cost-mgnet-ab"}, []string{"cost-resnet", "cost-resnet-a", "cost-resnet-b", "cost-resnet-ab"}},
	{equal, "MgNet with A^l, B^{l,i} for ResNet with A^{l,i}, B^{l,i}", []string{"cost-mgnet-a"}, []string{"cost-resnet"}},
	{equal, "MgNet with A^l, B^l for ResNet with A^{l,i}, B^{l,i}", []string{"cost-mgnet-ab"}, []string{"cost-resnet"}},

	{hats, "hat 5, 10, 15, 20 for ReLU", []string{"hat-up"}, []string{"cost-mgnet-ab"}},
	{hats, "hat 20, 15, 10, 5 for ReLU", []string{"hat-down"}, []string{"cost-mgnet-ab"}},
	{hats, "trained supports for ReLU", []string{"hat-trained"}, []string{"cost-mgnet-ab"}},
	{hats, "5, 10, 15, 20 for the reverse", []string{"hat-up"}, []string{"hat-down"}},
	{hats, "trained supports for fixed 5, 10, 15, 20", []string{"hat-trained"}, []string{"hat-up"}},
}

// writeEffects writes a line for each change of a group whose experiments all have two or more
// seeds.
func writeEffects(w io.Writer, group string, all map[string][]result) {
	list := slices.DeleteFunc(slices.Clone(changes), func(c change) bool { return c.group != group })
	var cells [][]float64
	named := map[string][]float64{}
	for _, e := range experiments {
		if e.group == group {
			named[e.name] = of(all[e.name], "test_accuracy")
			cells = append(cells, named[e.name])
		}
	}
	if len(list) == 0 || slices.ContainsFunc(cells, func(c []float64) bool { return len(c) < 2 }) {
		return
	}
	deviation, freedom := effects.Pooled(cells)
	fmt.Fprintf(w, `
What a change is worth: the difference of the means in points, with its 95%% interval,
and the change in parameters. The interval is by Student's t; the standard deviation of
one training, %.2f points, is pooled over the whole table, with %d degrees of freedom.

| change | points | interval | parameters |
|---|---|---|---|
`, 100*deviation, freedom)
	pick := func(names []string) (values [][]float64, parameters float64) {
		for _, name := range names {
			values = append(values, named[name])
			parameters += stat.Mean(of(all[name], "parameters"), nil) / float64(len(names))
		}
		return values, parameters
	}
	for _, c := range list {
		with, more := pick(c.with)
		without, fewer := pick(c.without)
		d, half := effects.Difference(with, without, deviation, freedom)
		fmt.Fprintf(w, "| %s | %+.2f | %+.2f to %+.2f | %+.0f%% |\n", c.about, 100*d, 100*(d-half), 100*(d+half), 100*(more/fewer-1))
	}
}
